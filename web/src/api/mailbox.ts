import { call, query, segment } from "./http";

/** Mails that this house keeps instead of sending. */

export type Mail = { mail_id: number; to: string; subject: string; text: string; html: string; kind: string; state: "kept" | "waiting" | "sent" | "failed"; at: string; attachments: string[] };

export async function listMails(signal?: AbortSignal): Promise<Mail[]> {
  const { items } = await call<{ items: Mail[] }>(`/api/v1/mailbox${query({ limit: 100 })}`, { signal });
  return items;
}

export function getMail(id: string, signal?: AbortSignal): Promise<Mail> {
  return call<Mail>(`/api/v1/mailbox/${segment(id)}`, { signal });
}
