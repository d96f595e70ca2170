import "./billing.css";

import { useInfiniteQuery } from "@tanstack/react-query";

import { listInvoices, type InvoiceLink } from "@/api/billing";
import { dayText } from "@/ui/dates";
import { Icon } from "@/ui/icons";
import { moneyText, PAPER_NAMES } from "@/ui/money";
import { usePageTitle } from "@/ui/page";
import { Button, Chip, LinkButton, Skeleton } from "@/ui/primitives";
import { ProblemNotice } from "@/ui/ProblemNotice";

import { billingKeys } from "./keys";

function Line({ invoice }: { invoice: InvoiceLink }) {
  return (
    <li data-testid="invoice">
      <div className="line-words">
        <strong>{dayText(invoice.issued_at)}</strong>
        <span>
          {PAPER_NAMES[invoice.kind]} {invoice.number}
        </span>
      </div>
      <div className="line-actions invoice-actions">
        {invoice.kind === "credit-note" && <Chip look="busy">Refund</Chip>}
        {invoice.kind === "reversal" && <Chip look="bad">Refund came back</Chip>}
        <strong className="quote-amount">{moneyText(invoice.total, invoice.currency)}</strong>
        <a className="button button-quiet button-small" href={invoice.html_url} target="_blank" rel="noreferrer">
          Open<span className="visually-hidden"> {invoice.number} in a new tab</span>
        </a>
        <a className="button button-quiet button-small" href={invoice.pdf_url} download={`${invoice.number}.pdf`}>
          <Icon name="download" />
          PDF<span className="visually-hidden"> of {invoice.number}</span>
        </a>
      </div>
    </li>
  );
}

/** Everything that was charged or given back, with its paper. */
export function InvoicesPage() {
  usePageTitle("Invoices");
  const invoices = useInfiniteQuery({
    queryKey: billingKeys.invoices,
    queryFn: ({ pageParam, signal }) => listInvoices(pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
  const items = invoices.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <h1 tabIndex={-1}>Invoices</h1>
      {invoices.isError && <ProblemNotice error={invoices.error} onRetry={() => void invoices.refetch()} />}
      {!invoices.isError && (
        <section className="panel" aria-label="Invoices">
          {invoices.isPending && <Skeleton className="line-skeleton" />}
          {invoices.data !== undefined && items.length === 0 && (
            <>
              <p className="panel-lead">No invoice yet. The first one comes with the first charge, here and by mail.</p>
              <div>
                <LinkButton to="/account/plan" look="quiet" small>
                  See your plan
                </LinkButton>
              </div>
            </>
          )}
          <ul className="lines">
            {items.map((invoice) => (
              <Line key={invoice.invoice_id} invoice={invoice} />
            ))}
          </ul>
          {invoices.hasNextPage && (
            <div>
              <Button look="quiet" disabled={invoices.isFetchingNextPage} onClick={() => void invoices.fetchNextPage()}>
                Show older ones
              </Button>
            </div>
          )}
        </section>
      )}
    </>
  );
}
