// A loss that Distillery does not have: transformed teacher matching, Zheng and Yang 2024 (https://arxiv.org/abs/2402.11148).
// Only the teacher is softened, and samples of which it is less sure count more.
import { boolean, defineLoss, number } from "distillery";

export default defineLoss({
  description: "Transformed teacher matching: the student should give the teacher's softened probabilities without being softened itself.",
  formula: "mean over the batch of U · KL(p_t^γ / Σ p_t^γ ‖ p_s),  U = Σ p_t^γ, or 1 where samples count the same, γ = 1 / T",
  paper: "Zheng and Yang 2024, Knowledge Distillation Based on Transformed Teacher Matching, https://arxiv.org/abs/2402.11148",
  parameters: {
    temperature: number("Divides the teacher's logits.", { exclusiveMinimum: 0, default: 4, usual: [1, 20], examples: [4] }),
    weighted: boolean("Samples of which the teacher is less sure count more (WTTM).", { default: true, examples: [false] }),
  },
  reads: ["teacher"],
  value: ({ tf, student, teacher }, { temperature, weighted }) => {
    const softened = tf.div(teacher, temperature); // [batch, classes]
    const p = tf.softmax(softened);
    const divergence = tf.sum(tf.mul(p, tf.sub(tf.logSoftmax(softened), tf.logSoftmax(student))), -1); // [batch]
    if (!weighted) return tf.mean(divergence);
    const power = tf.sum(tf.exp(tf.div(tf.logSoftmax(teacher), temperature)), -1); // Σ p^γ
    return tf.mean(tf.mul(power, divergence));
  },
});
