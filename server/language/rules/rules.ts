import { alikeClasses } from "./alikeClasses.ts";
import { augmentationShape } from "./augmentationShape.ts";
import { augmentedTeacher } from "./augmentedTeacher.ts";
import { balancedTwice } from "./balancedTwice.ts";
import { batchTooLarge } from "./batchTooLarge.ts";
import { bothForms } from "./bothForms.ts";
import { channelsFirst } from "./channelsFirst.ts";
import { classCounts } from "./classCounts.ts";
import { classMismatch } from "./classMismatch.ts";
import { classOrder } from "./classOrder.ts";
import { classWeights } from "./classWeights.ts";
import { costlyRelations } from "./costlyRelations.ts";
import { countMismatch } from "./countMismatch.ts";
import { dataMemory } from "./dataMemory.ts";
import { dataProblem } from "./dataProblem.ts";
import { doubtfulColumns } from "./doubtfulColumns.ts";
import { earlyStoppingBlind } from "./earlyStoppingBlind.ts";
import { embeddingFirst } from "./embeddingFirst.ts";
import { embeddingRange } from "./embeddingRange.ts";
import { emptySplit } from "./emptySplit.ts";
import { engineDevice } from "./engineDevice.ts";
import { engineMissing } from "./engineMissing.ts";
import { ensemble } from "./ensemble.ts";
import { epochsAndSteps } from "./epochsAndSteps.ts";
import { experimentTeacher } from "./experimentTeacher.ts";
import { featureShape } from "./featureShape.ts";
import { fileProblem } from "./fileProblem.ts";
import { filesMissing } from "./filesMissing.ts";
import { fileWeights } from "./fileWeights.ts";
import { headMissing } from "./headMissing.ts";
import { labelRange } from "./labelRange.ts";
import { layerName } from "./layerName.ts";
import { layerReference } from "./layerReference.ts";
import { layerShape } from "./layerShape.ts";
import { layerUnused } from "./layerUnused.ts";
import { leaks } from "./leaks.ts";
import { lossLayer } from "./lossLayer.ts";
import { lossName } from "./lossName.ts";
import { lossTask } from "./lossTask.ts";
import { maskLost } from "./maskLost.ts";
import { memory } from "./memory.ts";
import { milestoneUnreached } from "./milestoneUnreached.ts";
import { mixedTarget } from "./mixedTarget.ts";
import { modelInput } from "./modelInput.ts";
import { modelPort } from "./modelPort.ts";
import { moduleKeys } from "./moduleKeys.ts";
import { negativesBeyondData } from "./negativesBeyondData.ts";
import { noLabel } from "./noLabel.ts";
import { normalizeChannels } from "./normalizeChannels.ts";
import { normMomentum } from "./normMomentum.ts";
import { noTeacher } from "./noTeacher.ts";
import { noValidation } from "./noValidation.ts";
import { noWeights } from "./noWeights.ts";
import { oneClass } from "./oneClass.ts";
import { ownNet } from "./ownNet.ts";
import { paddingCounted } from "./paddingCounted.ts";
import { precisionEngine } from "./precisionEngine.ts";
import { rangeOrder } from "./rangeOrder.ts";
import { rawBytes } from "./rawBytes.ts";
import { remarks } from "./remarks.ts";
import { resnetDepth } from "./resnetDepth.ts";
import type { Rule } from "./rule.ts";
import { sameModel } from "./sameModel.ts";
import { samplerBalanced } from "./samplerBalanced.ts";
import { sampleShape } from "./sampleShape.ts";
import { seedForms } from "./seedForms.ts";
import { softmaxOutput } from "./softmaxOutput.ts";
import { stages } from "./stages.ts";
import { standardizeTargets } from "./standardizeTargets.ts";
import { storedTeacher } from "./storedTeacher.ts";
import { studentNormalize } from "./studentNormalize.ts";
import { swappedRoles } from "./swappedRoles.ts";
import { sweepCondition } from "./sweepCondition.ts";
import { sweepHalving } from "./sweepHalving.ts";
import { sweepPath } from "./sweepPath.ts";
import { sweepQueued } from "./sweepQueued.ts";
import { sweepRange } from "./sweepRange.ts";
import { sweepSize } from "./sweepSize.ts";
import { sweepTpe } from "./sweepTpe.ts";
import { takeDrawn } from "./takeDrawn.ts";
import { taskLabels } from "./taskLabels.ts";
import { teacherNormalize } from "./teacherNormalize.ts";
import { teacherProbabilities } from "./teacherProbabilities.ts";
import { teacherUnseen } from "./teacherUnseen.ts";
import { teacherWarned } from "./teacherWarned.ts";
import { temperatureLow } from "./temperatureLow.ts";
import { temperatureOne } from "./temperatureOne.ts";
import { termSizes } from "./termSizes.ts";
import { unlabelled } from "./unlabelled.ts";
import { unusualValue } from "./unusualValue.ts";
import { views } from "./views.ts";
import { vitHeads } from "./vitHeads.ts";
import { warmupTooLong } from "./warmupTooLong.ts";
import { weightPattern } from "./weightPattern.ts";
import { weightsZero } from "./weightsZero.ts";

/** Every rule, errors before warnings. */
export const rules: readonly Rule[] = [
  filesMissing,
  fileProblem,
  moduleKeys,
  ownNet,
  dataProblem,
  dataMemory,
  bothForms,
  epochsAndSteps,
  seedForms,
  stages,
  sweepPath,
  sweepCondition,
  sweepHalving,
  sweepTpe,
  sweepQueued,
  sweepRange,
  sweepSize,
  noTeacher,
  teacherUnseen,
  storedTeacher,
  ensemble,
  experimentTeacher,
  classMismatch,
  headMissing,
  classOrder,
  labelRange,
  noLabel,
  unlabelled,
  oneClass,
  countMismatch,
  emptySplit,
  sampleShape,
  modelPort,
  modelInput,
  layerName,
  layerReference,
  layerShape,
  layerUnused,
  resnetDepth,
  vitHeads,
  noWeights,
  embeddingFirst,
  embeddingRange,
  paddingCounted,
  maskLost,
  memory,
  fileWeights,
  weightPattern,
  augmentationShape,
  normalizeChannels,
  lossName,
  lossTask,
  taskLabels,
  classWeights,
  lossLayer,
  featureShape,
  mixedTarget,
  standardizeTargets,
  samplerBalanced,
  views,
  weightsZero,
  termSizes,
  teacherWarned,
  earlyStoppingBlind,
  softmaxOutput,
  sameModel,
  swappedRoles,
  teacherProbabilities,
  teacherNormalize,
  studentNormalize,
  temperatureLow,
  temperatureOne,
  takeDrawn,
  balancedTwice,
  augmentedTeacher,
  noValidation,
  leaks,
  remarks,
  doubtfulColumns,
  rangeOrder,
  rawBytes,
  channelsFirst,
  classCounts,
  alikeClasses,
  batchTooLarge,
  negativesBeyondData,
  costlyRelations,
  warmupTooLong,
  milestoneUnreached,
  normMomentum,
  precisionEngine,
  engineDevice,
  unusualValue,
  engineMissing,
];
