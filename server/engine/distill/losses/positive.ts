import { maximum, type Tensor } from "@tensorflow/tfjs-core";

/**
 * Squares before a root, which has no derivative at 0: 0 · ∞ would make every gradient NaN. The floor is about float32's
 * smallest normal number, and passes no gradient.
 */
export const positive = (squares: Tensor, floor = 1e-30): Tensor => maximum(squares, floor);
