import type { Quote } from "@/api/billing";
import { dayText } from "@/ui/dates";
import { moneyText } from "@/ui/money";

/** What a choice costs: line by line, now, and next time. */
export function QuoteBox({ quote, stale }: { quote: Quote; stale: "stale" | "fresh" }) {
  const { currency, lines, due_now: dueNow, next_charge: next } = quote;
  return (
    <div className={stale === "stale" ? "quote quote-stale" : "quote"} role="status" aria-label="What it costs">
      {lines.length > 0 && (
        <ul className="quote-lines">
          {lines.map((line, index) => (
            <li key={index}>
              <span>{line.description}</span>
              <span className="quote-amount">{moneyText(line.amount, currency)}</span>
            </li>
          ))}
        </ul>
      )}
      <p className="quote-due">
        <span>Due now</span>
        <strong className="quote-amount">{moneyText(dueNow, currency)}</strong>
      </p>
      {next !== null && (
        <p className="quote-next">
          <span>Next charge on {dayText(next.at)}</span>
          <span className="quote-amount">{moneyText(next.amount, currency)}</span>
        </p>
      )}
    </div>
  );
}
