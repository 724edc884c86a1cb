import type { Blend } from "./augmentation.ts";

/** An augmentation of a person's own module. */
// biome-ignore lint/suspicious/noExplicitAny: the parameters are known only to the module
export interface OwnAugmentation extends Blend<any> {
  /** What its module is, so that another text of it is another augmentation. */
  readonly version?: string;
}

/** By the path that the experiment names each by. One table for the process, which trains one experiment. */
const own = new Map<string, OwnAugmentation>();

export const addOwnAugmentation = (path: string, augmentation: OwnAugmentation): void =>
  void own.set(path, augmentation);

export const ownAugmentation = (path: string): OwnAugmentation | undefined => own.get(path);

/** What the modules among some augmentations are, for keys of what follows from them. */
export const ownVersions = (specs: readonly { readonly type: string }[]): readonly string[] =>
  specs.flatMap(({ type }) => own.get(type)?.version ?? []);
