import schema from "./experiment.schema.json" with { type: "json" };

const { properties } = schema;
const { Data, Weight, Sweep, TeacherTraining, Training } = schema.definitions;

/** What holds where an experiment says nothing, for readers of text that may not be valid yet. */
export const defaults = {
  batchSize: Data.properties.batchSize.default,
  epochs: Training.properties.epochs.default,
  teacherEpochs: TeacherTraining.properties.epochs.default,
  alpha: properties.alpha.default,
  lossWeight: Weight.default,
  optimizer: properties.optimizer.default.type,
  sweepRuns: Sweep.properties.runs.default,
  sweepEta: Sweep.properties.eta.default,
  sweepRung: Sweep.properties.rung.default,
  sweepTolerance: Sweep.properties.tolerance.default,
};
