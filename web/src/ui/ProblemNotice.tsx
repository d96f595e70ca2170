import type { ReactNode } from "react";

import { currentTranslator, useI18n } from "@/i18n";

import { Button, Notice } from "./primitives";

/** What an error tells people; `ApiProblem` fits. */
export type Tellable = { title: string; message: string; code: string; traceId: string | null };

function isTellable(error: unknown): error is Tellable {
  return error instanceof Error && "title" in error && "code" in error && "traceId" in error;
}

/** Say what failed in the service's own words; anything else gets plain ones. */
export function tell(error: unknown): { title: string; sentence: string; reference: string | null } {
  const { t } = currentTranslator();
  if (!isTellable(error)) return { title: t("common.failed"), sentence: t("common.failed-sentence"), reference: null };
  if (error.code === "offline") return { title: t("common.unreachable"), sentence: t("common.unreachable-sentence"), reference: null };
  return { title: error.title, sentence: error.message, reference: error.traceId === null ? error.code : `${error.code} · ${error.traceId}` };
}

type Props = { error: unknown; onRetry?: () => void; level?: 1 | 2; children?: ReactNode };

/** A failed part of a page, with a way to try again. */
export function ProblemNotice({ error, onRetry, level = 2, children }: Props) {
  const { t } = useI18n();
  const { title, sentence, reference } = tell(error);
  return (
    <Notice title={title} level={level} reference={reference} live="alert">
      <p>{sentence}</p>
      {onRetry !== undefined && (
        <Button look="primary" onClick={onRetry}>
          {t("common.retry")}
        </Button>
      )}
      {children}
    </Notice>
  );
}
