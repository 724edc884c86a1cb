import { maximum, type Tensor } from "@tensorflow/tfjs-core";

/**
 * Squares to take a root of: where all is zero the root has no slope, and 0 · ∞ would spoil every gradient. The floor is
 * float32's smallest normal number or so, and passes no gradient.
 */
export const positive = (squares: Tensor, floor = 1e-30): Tensor => maximum(squares, floor);
