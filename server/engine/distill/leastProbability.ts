/** Probabilities below it count as it, so that the logarithm of 0 is finite: it is above float32's smallest normal number. */
export const leastProbability = 1e-30;
