/** Names of state tensors: a group and the weight that it belongs to, as in `optimizer/m/fc1.kernel`. */
export const weightsGroup = "weights";
export const teacherGroup = "teacher";
/** Weights of a loss, not of the student: projectors, variances. */
export const lossGroup = "losses";
/** Inputs: the outputs of the teacher's layers. */
export const tapGroup = "teacherTap";
/** Inputs: the negatives of a batch, by the term of the loss. */
export const negativesGroup = "negatives";
/** Inputs: what changes from step to step of a loss's parameters, by its term. */
export const scheduledGroup = "scheduled";
/** Inputs: the weights of the losses' terms. */
export const lossWeightGroup = "lossWeight";
export const averageGroup = "ema";
/** Sums of gradients over the batches of a step so far, which no checkpoint keeps. */
export const accumulatedGroup = "accumulated";
/** Inputs: the share of the step's samples that a batch has, and 0 or 1: whether what was summed up before it counts. */
export const accumulation = { share: "accumulate/share", kept: "accumulate/kept" } as const;
export const slotGroup = (slot: string): string => `optimizer/${slot}`;

export const stateName = (group: string, name: string): string => `${group}/${name}`;

/** A tensor of a teacher in the loop, which no step changes. */
export const isOfTeacher = (name: string): boolean => name.startsWith(stateName(teacherGroup, ""));

/** Whether a tensor holds something only within a step. */
export const isOfStep = (name: string): boolean => name.startsWith(stateName(accumulatedGroup, ""));

/** `{ NAME: tensor }` of those named `GROUP/NAME`. */
export function inGroup<T>(group: string, named: Readonly<Record<string, T>>): Record<string, T> {
  const prefix = `${group}/`;
  return Object.fromEntries(
    Object.entries(named).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
    ),
  );
}

/** The reverse of {@link inGroup}. */
export const asGroup = <T>(group: string, named: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(named).map(([name, value]) => [stateName(group, name), value]));
