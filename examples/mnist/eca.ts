// A layer that Distillery does not have: efficient channel attention, Wang et al. 2020 (https://arxiv.org/abs/1910.03151).
// Each channel is weighed by the means of the channels around it.
import { defineLayer, integer } from "distillery";

export default defineLayer({
  description: "Efficient channel attention: weighs each channel by the means of its neighbours (Wang et al. 2020).",
  parameters: {
    kernelSize: integer("Channels that decide on one together, an odd number.", { minimum: 1, default: 3, examples: [5] }),
  },
  shape: (input, { kernelSize }) =>
    input.length === 3
      ? { output: input, weights: { kernel: { shape: [kernelSize, 1, 1], initializer: "heUniform" } } }
      : { expected: "an image [height, width, channels]" },
  forward: ({ tf, x, weights }) => {
    const [batch, , , channels] = x.shape; // [batch, height, width, channels]
    const means = tf.reshape(tf.mean(x, [1, 2]), [batch, channels, 1]);
    const weight = tf.sigmoid(tf.conv1d(means, weights.kernel, 1, "same"));
    return tf.mul(x, tf.reshape(weight, [batch, 1, 1, channels]));
  },
});
