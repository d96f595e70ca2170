import { useMutation } from "@tanstack/react-query";

import { resendVerification } from "@/api/session";
import { Button } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";

type Props = { email: string; onOther: () => void };

/** The link in the mail does the rest, also on another device. */
export function MailStep({ email, onOther }: Props) {
  const again = useMutation({ mutationFn: () => resendVerification(email) });
  return (
    <div className="form">
      <p className="panel-lead">
        A link went to <strong>{email}</strong>. Open it within a day, on this device or another, and your seat is taken.
      </p>
      <div role="status">
        {again.isSuccess && <p className="form-done">Sent once more.</p>}
        {again.isError && <p className="field-error">{tell(again.error).sentence}</p>}
      </div>
      <div className="form-actions">
        <Button look="quiet" disabled={again.isPending} onClick={() => again.mutate()}>
          Send it again
        </Button>
        <button type="button" className="text-link" onClick={onOther}>
          Use another address
        </button>
      </div>
    </div>
  );
}
