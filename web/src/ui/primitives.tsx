import { useEffect, useId, useRef, type ComponentProps, type ReactNode } from "react";
import { Link, type LinkProps } from "react-router";

import { useI18n } from "@/i18n";

import { Icon, type IconName } from "./icons";

export type Look = "plain" | "primary" | "quiet" | "danger";

function lookClass(look: Look, small: boolean | undefined, extra: string | undefined): string {
  return ["button", look === "plain" ? "" : `button-${look}`, small === true ? "button-small" : "", extra ?? ""]
    .filter((part) => part !== "")
    .join(" ");
}

type ButtonProps = ComponentProps<"button"> & { look?: Look; icon?: IconName; small?: boolean };

export function Button({ look = "plain", icon, small, className, children, type = "button", ...rest }: ButtonProps) {
  return (
    <button type={type} className={lookClass(look, small, className)} {...rest}>
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  );
}

type LinkButtonProps = LinkProps & { look?: Look; icon?: IconName; small?: boolean };

export function LinkButton({ look = "plain", icon, small, className, children, ...rest }: LinkButtonProps) {
  return (
    <Link className={lookClass(look, small, className)} {...rest}>
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </Link>
  );
}

export function Wordmark() {
  return (
    <>
      <span className="wordmark" dir="ltr" aria-hidden="true">
        {Array.from("Matinee", (letter, index) => (
          <span key={index}>{letter}</span>
        ))}
      </span>
      <span className="visually-hidden">Matinee</span>
    </>
  );
}

type ChipLook = "plain" | "good" | "warn" | "bad" | "busy" | "beam";

export function Chip({ look = "plain", children }: { look?: ChipLook; children: ReactNode }) {
  return <span className={look === "plain" ? "chip" : `chip chip-${look}`}>{children}</span>;
}

/** A measure of how far along something is; `fraction` is 0 to 1. */
export function Meter({ label, fraction }: { label: string; fraction: number }) {
  const percent = Math.round(Math.min(Math.max(fraction, 0), 1) * 100);
  return (
    <div className="meter" role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={percent}>
      <span style={{ width: `${percent}%` }} />
    </div>
  );
}

type NoticeProps = { title: string; children?: ReactNode; reference?: string | null; level?: 1 | 2; live?: "alert" | "status" };

/** A state in words: nothing here yet, something failed, not found. */
export function Notice({ title, children, reference, level = 2, live }: NoticeProps) {
  const { t } = useI18n();
  const Heading = level === 1 ? "h1" : "h2";
  return (
    <div className="notice" role={live}>
      <Heading tabIndex={level === 1 ? -1 : undefined}>{title}</Heading>
      {children}
      {reference !== null && reference !== undefined && <p className="reference">{t("common.reference", { reference })}</p>}
    </div>
  );
}

type DialogProps = { title: string; onClose: () => void; children: ReactNode; className?: string };

/** A modal dialog: the browser traps focus, closes on Escape, and gives focus back. */
export function Dialog({ title, onClose, children, className }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (dialog !== null && !dialog.open) dialog.showModal();
  }, []);
  return (
    <dialog ref={ref} className={`dialog ${className ?? ""}`} aria-labelledby={id} onClose={onClose}>
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}

export function Skeleton({ className }: { className: string }) {
  return <div className={`skeleton ${className}`} aria-hidden="true" />;
}
