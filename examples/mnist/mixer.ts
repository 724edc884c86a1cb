// A student that Distillery does not have: MLP-Mixer, Tolstikhin et al. 2021 (https://arxiv.org/abs/2105.01601).
// Layers mix the patches of an image with each other, then the channels of each patch.
import { defineStudent, integer } from "distillery";
import { gelu, linear, normalized, patchesOf } from "./parts/mixing.ts";

export default defineStudent({
  description: "MLP-Mixer: dense layers that mix an image's patches and then their channels, in turn (Tolstikhin et al. 2021).",
  parameters: {
    patch: integer("Pixels along the side of a patch, of which the image has a whole number.", { minimum: 1, default: 7, examples: [7] }),
    width: integer("Channels of a patch.", { minimum: 1, default: 32, examples: [32] }),
    depth: integer("Blocks.", { minimum: 1, default: 2, examples: [4] }),
  },
  weights: ({ input, outputs }, { patch, width, depth }) => {
    const [height, wide, channels] = input;
    if (height % patch > 0 || wide % patch > 0)
      throw new Error(`an image of ${height} × ${wide} has no whole number of patches of ${patch} × ${patch}`);
    const patches = (height / patch) * (wide / patch);
    const dense = (name, from, to) => ({ [`${name}.kernel`]: { shape: [from, to] }, [`${name}.bias`]: { shape: [to] } });
    const norm = (name) => ({
      [`${name}.gamma`]: { shape: [width], role: "norm", initializer: "ones" },
      [`${name}.beta`]: { shape: [width], role: "norm" },
    });
    const block = (name) => ({
      ...norm(`${name}.norm1`),
      ...dense(`${name}.patches1`, patches, 2 * patches),
      ...dense(`${name}.patches2`, 2 * patches, patches),
      ...norm(`${name}.norm2`),
      ...dense(`${name}.channels1`, width, 2 * width),
      ...dense(`${name}.channels2`, 2 * width, width),
    });
    return {
      ...dense("embed", patch * patch * channels, width),
      ...Object.assign({}, ...Array.from({ length: depth }, (_, i) => block(`block${i + 1}`))),
      ...norm("norm"),
      ...dense("head", width, outputs),
    };
  },
  forward: ({ tf, x, weights }, { patch, depth }) => {
    const dense = (name, x) => linear(tf, x, weights[`${name}.kernel`], weights[`${name}.bias`]);
    const norm = (name, x) => normalized(tf, x, weights[`${name}.gamma`], weights[`${name}.beta`]);
    let tokens = dense("embed", patchesOf(tf, x, patch)); // [batch, patches, width]
    const layers = {};
    for (let i = 1; i <= depth; i++) {
      const turned = tf.transpose(norm(`block${i}.norm1`, tokens), [0, 2, 1]); // [batch, width, patches]
      const mixed = dense(`block${i}.patches2`, gelu(tf, dense(`block${i}.patches1`, turned)));
      tokens = tf.add(tokens, tf.transpose(mixed, [0, 2, 1]));
      const inner = gelu(tf, dense(`block${i}.channels1`, norm(`block${i}.norm2`, tokens)));
      tokens = tf.add(tokens, dense(`block${i}.channels2`, inner));
      layers[`block${i}`] = tokens;
    }
    const pooled = tf.mean(norm("norm", tokens), 1); // [batch, width]
    return { logits: dense("head", pooled), layers: { ...layers, pooled } };
  },
});
