import type { ReactNode } from "react";

type Props = { title: string; lead?: ReactNode; children: ReactNode; aside?: ReactNode; wide?: "wide" };

/** A door of the house: a form on the dark, the projector running beside it. */
export function FormFrame({ title, lead, children, aside, wide }: Props) {
  return (
    <div className="page page-beamed door">
      <div className={wide === undefined ? "door-panel" : "door-panel door-panel-wide"}>
        <h1 tabIndex={-1}>{title}</h1>
        {lead !== undefined && <div className="door-lead">{lead}</div>}
        {children}
      </div>
      {aside !== undefined && <div className="door-aside">{aside}</div>}
    </div>
  );
}
