import { useQuery } from "@tanstack/react-query";

import { listActivity } from "@/api/account";
import { keys } from "@/api/queries";
import { tell } from "@/ui/ProblemNotice";

import { deedText, momentText } from "./model";

/** What happened to the account lately: whoever owns it should recognise every line. */
export function ActivityPart() {
  const activity = useQuery({ queryKey: keys.activity, queryFn: ({ signal }) => listActivity(signal), staleTime: 0 });
  const items = activity.data?.items ?? [];
  return (
    <section className="panel" aria-labelledby="activity">
      <h2 id="activity">Activity</h2>
      {activity.isError && <p className="field-error">{tell(activity.error).sentence}</p>}
      {activity.data !== undefined && items.length === 0 && <p className="panel-lead">Nothing yet.</p>}
      <ol className="lines">
        {items.map((line, index) => (
          <li key={`${line.at} ${index}`}>
            <div className="line-words">
              <strong>{deedText(line.kind)}</strong>
              <span>{[momentText(line.at), ...Object.values(line.facts)].filter((part) => part !== "").join(" · ")}</span>
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}
