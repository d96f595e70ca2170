import "./mailbox.css";

import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "react-router";

import { getMail, listMails, type Mail } from "@/api/mailbox";
import { momentText } from "@/ui/dates";
import { usePageTitle } from "@/ui/page";
import { Chip, Skeleton } from "@/ui/primitives";
import { ProblemNotice } from "@/ui/ProblemNotice";

import { dressLetter, readLetter } from "./letter";

const LOOK_AGAIN_MS = 5_000;
const LOOKS = { kept: "plain", waiting: "busy", sent: "good", failed: "bad" } as const;
const STATES = { kept: "Kept here", waiting: "Waiting", sent: "Sent", failed: "Failed" } as const;

function Line({ mail }: { mail: Mail }) {
  return (
    <li data-testid="mail">
      <div className="line-words">
        <strong>
          <Link to={`/mailbox/${mail.mail_id}`}>{mail.subject}</Link>
        </strong>
        <span>
          To {mail.to} · {momentText(mail.at)}
        </span>
      </div>
      <div className="line-actions">
        <Chip look={LOOKS[mail.state]}>{STATES[mail.state]}</Chip>
      </div>
    </li>
  );
}

/** Mails that would have gone out, newest first. */
export function MailboxPage() {
  usePageTitle("Mailbox");
  const mails = useQuery({ queryKey: ["mailbox"], queryFn: ({ signal }) => listMails(signal), refetchInterval: LOOK_AGAIN_MS });
  return (
    <>
      <h1 tabIndex={-1}>Mailbox</h1>
      <p className="panel-lead">Without a mail server, letters to members are kept here instead of being sent. The newest come first.</p>
      {mails.isError && <ProblemNotice error={mails.error} onRetry={() => void mails.refetch()} />}
      {!mails.isError && (
        <section className="panel" aria-label="Mails">
          {mails.isPending && <Skeleton className="line-skeleton" />}
          {mails.data?.length === 0 && <p className="panel-lead">No mail yet. The first one comes when somebody joins.</p>}
          <ul className="lines">
            {mails.data?.map((mail) => (
              <Line key={mail.mail_id} mail={mail} />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function Body({ mail }: { mail: Mail }) {
  if (mail.html === "" && mail.text === "") return <p className="panel-lead">Its words went out with it and are not kept.</p>;
  if (mail.html === "") return <Words text={mail.text} />;
  const letter = readLetter(mail.html);
  return (
    <>
      {/* No scripts, no forms; links open beside this page. Same origin only so that its looks can be applied. */}
      <iframe className="letter" title={`Mail: ${mail.subject}`} sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox" srcDoc={letter.html} onLoad={(event) => dressLetter(event.currentTarget, letter.sheets)} />
      {mail.text !== "" && (
        <details className="letter-text">
          <summary>As plain text</summary>
          <Words text={mail.text} />
        </details>
      )}
    </>
  );
}

/** Plain words, in which addresses can be followed. */
function Words({ text }: { text: string }) {
  const parts = text.split(/(https?:\/\/[^\s<>"]+)/);
  return (
    <p className="letter-words">
      {parts.map((part, index) =>
        index % 2 === 1 ? (
          <a key={index} href={part} target="_blank" rel="noreferrer">
            {part}
          </a>
        ) : (
          part
        ),
      )}
    </p>
  );
}

/** One mail as its reader would see it. */
export function MailPage() {
  const { id = "" } = useParams();
  const mail = useQuery({ queryKey: ["mailbox", id], queryFn: ({ signal }) => getMail(id, signal), staleTime: 60_000 });
  usePageTitle(mail.data?.subject ?? "Mail");
  return (
    <>
      <p className="crumb">
        <Link to="/mailbox">Mailbox</Link>
      </p>
      <h1 tabIndex={-1}>{mail.data?.subject ?? "Mail"}</h1>
      {mail.isError && <ProblemNotice error={mail.error} onRetry={() => void mail.refetch()} />}
      {mail.isPending && <Skeleton className="line-skeleton" />}
      {mail.data !== undefined && (
        <section className="panel" aria-label="Mail">
          <dl className="facts">
            <dt>To</dt>
            <dd>{mail.data.to}</dd>
            <dt>When</dt>
            <dd>{momentText(mail.data.at)}</dd>
            <dt>State</dt>
            <dd>{STATES[mail.data.state]}</dd>
            {mail.data.attachments.length > 0 && (
              <>
                <dt>With it</dt>
                <dd>{mail.data.attachments.join(", ")}</dd>
              </>
            )}
          </dl>
          <Body key={mail.data.mail_id} mail={mail.data} />
        </section>
      )}
    </>
  );
}
