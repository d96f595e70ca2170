import { createContext, useContext } from "react";

/** Runs an action; when the service wants a fresh proof of identity first, asks for it and runs the action again. */
export type Confirmed = <T>(action: () => Promise<T>) => Promise<T>;

export const ConfirmContext = createContext<Confirmed>((action) => action());

export function useConfirmed(): Confirmed {
  return useContext(ConfirmContext);
}
