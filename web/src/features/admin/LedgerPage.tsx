import { useQuery } from "@tanstack/react-query";

import { getBooks, listViolations, type Books } from "@/api/admin";
import { Icon } from "@/ui/icons";
import { moneyText } from "@/ui/money";
import { usePageTitle } from "@/ui/page";
import { Button, Chip, Skeleton } from "@/ui/primitives";
import { ProblemNotice } from "@/ui/ProblemNotice";

import { adminKeys } from "./keys";
import { rulesOf, sentence } from "./model";

function Sums({ books }: { books: Books }) {
  const currencies = [...new Set(books.balances.map((one) => one.currency))].sort();
  const ledgers = [...new Set(books.balances.map((one) => one.ledger))];
  const sum = (ledger: string | null, currency: string) => books.balances.filter((one) => one.currency === currency && (ledger === null || one.ledger === ledger)).reduce((total, one) => total + one.amount, 0);
  if (ledgers.length === 0) return <p className="panel-lead">Nothing is booked yet.</p>;
  return (
    <table className="sums">
      <caption className="visually-hidden">Sum of each account in each currency; debits positive</caption>
      <thead>
        <tr>
          <th scope="col">Account</th>
          {currencies.map((currency) => (
            <th key={currency} scope="col" className="amount">
              {currency}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {ledgers.map((ledger) => (
          <tr key={ledger}>
            <th scope="row">{sentence(ledger)}</th>
            {currencies.map((currency) => (
              <td key={currency} className="amount">
                {moneyText(sum(ledger, currency), currency)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">Together</th>
          {currencies.map((currency) => (
            <td key={currency} className="amount">
              {moneyText(sum(null, currency), currency)}
            </td>
          ))}
        </tr>
      </tfoot>
    </table>
  );
}

function Rules() {
  const violations = useQuery({ queryKey: adminKeys.violations, queryFn: ({ signal }) => listViolations(signal), staleTime: 0 });
  const rules = rulesOf(violations.data ?? []);
  const broken = rules.filter((rule) => rule.broken.length > 0).length;
  return (
    <section className="panel" aria-labelledby="rules">
      <div className="panel-head">
        <h2 id="rules">Rules of the books</h2>
        <div className="line-actions" role="status">
          {violations.isSuccess && <Chip look={broken === 0 ? "good" : "bad"}>{broken === 0 ? "All hold" : `${broken} broken`}</Chip>}
          <Button small look="quiet" disabled={violations.isFetching} onClick={() => void violations.refetch()}>
            {violations.isFetching ? "Checking…" : "Check again"}
          </Button>
        </div>
      </div>
      {violations.isError && <ProblemNotice error={violations.error} />}
      {violations.isPending && <Skeleton className="line-skeleton" />}
      {violations.isSuccess && (
        <ul className="rules">
          {rules.map((rule) => (
            <li key={rule.name} className={rule.broken.length === 0 ? "rule-good" : "rule-bad"}>
              <Icon name={rule.broken.length === 0 ? "check" : "warning"} />
              <div>
                <span className="visually-hidden">{rule.broken.length === 0 ? "Holds: " : "Broken: "}</span>
                {rule.words}
                {rule.broken.length > 0 && (
                  <ul className="mono rule-findings">
                    {rule.broken.map((one, index) => (
                      <li key={index}>
                        {one.subject}: {one.found}
                      </li>
                    ))}
                  </ul>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** Whether the books are right: sums, and every rule checked now. */
export function LedgerPage() {
  usePageTitle("Ledger");
  const books = useQuery({ queryKey: adminKeys.books, queryFn: ({ signal }) => getBooks(signal) });
  return (
    <>
      <h1 tabIndex={-1}>Ledger</h1>
      {books.isError && <ProblemNotice error={books.error} onRetry={() => void books.refetch()} />}
      {!books.isError && (
        <section className="panel" aria-labelledby="sums">
          <div className="panel-head">
            <h2 id="sums">Sums</h2>
            {books.data !== undefined && <Chip look={books.data.balanced ? "good" : "bad"}>{books.data.balanced ? "Balanced" : "Does not balance"}</Chip>}
          </div>
          {books.isPending && <Skeleton className="line-skeleton" />}
          {books.data !== undefined && <Sums books={books.data} />}
        </section>
      )}
      <Rules />
    </>
  );
}
