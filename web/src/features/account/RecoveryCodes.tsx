import { useState } from "react";

import { Button } from "@/ui/primitives";

const FILE_NAME = "matinee-recovery-codes.txt";

function asText(codes: readonly string[]): string {
  return `Matinee recovery codes\nEach works once, when the authenticator app is not at hand.\n\n${codes.join("\n")}\n`;
}

function download(codes: readonly string[]): void {
  const url = URL.createObjectURL(new Blob([asText(codes)], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = FILE_NAME;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** The ten codes, shown once: to copy, to keep as a file, to print. */
export function RecoveryCodes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const [copied, setCopied] = useState<"no" | "yes" | "failed">("no");
  const copy = () => {
    navigator.clipboard.writeText(codes.join("\n")).then(
      () => setCopied("yes"),
      () => setCopied("failed"),
    );
  };
  return (
    <div className="form">
      <p className="panel-lead">Keep these ten codes somewhere safe. Each lets you in once when the app is not at hand. They are shown only now.</p>
      <ul className="code-list" data-testid="recovery-codes">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="form-actions">
        <Button look="quiet" icon="copy" onClick={copy}>
          Copy
        </Button>
        <Button look="quiet" icon="download" onClick={() => download(codes)}>
          Download
        </Button>
        <Button look="quiet" icon="print" onClick={() => window.print()}>
          Print
        </Button>
        <Button look="primary" onClick={onDone}>
          I have kept them
        </Button>
      </div>
      <p role="status" className="field-hint">
        {copied === "yes" && "Copied."}
        {copied === "failed" && "This browser did not let us copy. Select the codes instead."}
      </p>
    </div>
  );
}
