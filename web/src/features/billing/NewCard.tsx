import type { ReactNode } from "react";

import { FormProblem } from "@/ui/Field";
import { Skeleton } from "@/ui/primitives";
import { ProblemNotice } from "@/ui/ProblemNotice";

import { CardForm } from "./CardForm";
import { StripeCard } from "./StripeCard";
import { useProvider } from "./useMoney";

type Props = { label: string; act: (token: string) => Promise<unknown>; aside?: ReactNode; children?: ReactNode };

/** A card's form for the processor that this house has. */
export function NewCard(props: Props) {
  const provider = useProvider();
  if (provider.isError) return <ProblemNotice error={provider.error} onRetry={() => void provider.refetch()} />;
  if (provider.data === undefined) return <Skeleton className="card-skeleton" />;
  const { tokenize_url: url, publishable_key: key } = provider.data;
  if (provider.data.provider === "stripe" && key !== undefined && key !== "") return <StripeCard publishableKey={key} {...props} />;
  if (url === undefined || url === "") return <FormProblem title="No cards right now">{<p>This house has not been set up to take cards here. Write to whoever runs it.</p>}</FormProblem>;
  return <CardForm tokenizeUrl={url} testing={provider.data.provider === "sandbox" ? "testing" : "real"} {...props} />;
}
