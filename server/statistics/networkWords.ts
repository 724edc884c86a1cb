import type { Subject } from "../../schemas/run-event.gen.ts";

/** The networks of a run in words, in the order in which they are shown. */
export const networkNames: Readonly<Record<Subject, string>> = {
  teacher: "teacher",
  student: "student",
  studentAlone: "student alone",
};

export const networks = Object.keys(networkNames) as readonly Subject[];

export const networkWords = (network: string): string =>
  isNetwork(network) ? networkNames[network] : network;

export const isNetwork = (name: string): name is Subject => Object.hasOwn(networkNames, name);

type ByNetwork<T> = Readonly<Partial<Record<Subject, T>>>;

/** What is known of each network, in their order. */
export const inOrder = <T>(known: ByNetwork<T>): ByNetwork<T> =>
  Object.fromEntries(
    networks.flatMap((network) => {
      const own = known[network];
      return own === undefined ? [] : [[network, own] as const];
    }),
  );
