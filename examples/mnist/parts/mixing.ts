/* What mixer.ts is made of: functions of the operations that it is given. */

/** x · W + b along the last axis: one product, whatever axes come before. */
export const linear = (tf, x, kernel, bias) => {
  const rows = tf.reshape(x, [-1, kernel.shape[0]]);
  return tf.reshape(tf.add(tf.matMul(rows, kernel), bias), [...x.shape.slice(0, -1), kernel.shape[1]]);
};

/** Layer normalisation over the last axis. */
export const normalized = (tf, x, gamma, beta) => {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const deviation = tf.sqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-6));
  return tf.add(tf.mul(tf.div(centred, deviation), gamma), beta);
};

/** x · Φ(x). */
export const gelu = (tf, x) => tf.mul(x, tf.mul(0.5, tf.add(1, tf.erf(tf.div(x, Math.SQRT2)))));

/** [batch, height, width, channels] → [batch, patches, size · size · channels] */
export const patchesOf = (tf, x, size) => {
  const [batch, height, width, channels] = x.shape;
  const cut = tf.reshape(x, [batch, height / size, size, width / size, size * channels]);
  const rows = tf.transpose(cut, [0, 1, 3, 2, 4]);
  return tf.reshape(rows, [batch, (height / size) * (width / size), size * size * channels]);
};
