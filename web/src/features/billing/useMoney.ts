import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { getProvider, getSubscription, isChallenge, listPaymentMethods, listPlans, type Outcome, type Subscription } from "@/api/billing";

import { goToBank, isBankPage } from "./bank";
import { billingKeys } from "./keys";
import { useOnce } from "./useOnce";

const PENDING_MS = 2_000;

export function usePlans() {
  return useQuery({ queryKey: billingKeys.plans, queryFn: ({ signal }) => listPlans(signal), staleTime: 60_000 });
}

/** The subscription of who is here; looked at again by itself while a payment is not decided. */
export function useSubscription() {
  return useQuery({
    queryKey: billingKeys.subscription,
    queryFn: ({ signal }) => getSubscription(signal),
    refetchInterval: (query) => (query.state.data?.payment_pending === true ? PENDING_MS : false),
  });
}

export function useMethods() {
  return useQuery({ queryKey: billingKeys.methods, queryFn: ({ signal }) => listPaymentMethods(signal) });
}

export function useProvider() {
  return useQuery({ queryKey: billingKeys.provider, queryFn: ({ signal }) => getProvider(signal), staleTime: 300_000 });
}

/** Returns the way to take up a subscription that an answer brought. */
export function useTakeSubscription(): (subscription: Subscription) => Promise<void> {
  const client = useQueryClient();
  return async (subscription) => {
    client.setQueryData(billingKeys.subscription, subscription);
    await client.invalidateQueries({ queryKey: billingKeys.all });
  };
}

export type Wish = { name: string; act: (key: string) => Promise<Outcome> };

/** Carries out wishes about the subscription: each once, and by way of the bank's page where it asks for that. */
export function useMoney(onDone?: (subscription: Subscription) => void) {
  const client = useQueryClient();
  const take = useTakeSubscription();
  const once = useOnce();
  return useMutation({
    mutationFn: ({ name, act }: Wish) => once(name, act),
    onSuccess: async (outcome) => {
      if (!isChallenge(outcome)) {
        await take(outcome);
        onDone?.(outcome);
      } else if (isBankPage(outcome.challenge_url)) goToBank(outcome.challenge_url);
      else await client.invalidateQueries({ queryKey: billingKeys.all });
    },
    onError: () => client.invalidateQueries({ queryKey: billingKeys.subscription }),
  });
}
