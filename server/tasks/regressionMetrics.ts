import { targetsOf } from "./targets.ts";
import type { MetricsAccumulator } from "./task.ts";

/**
 * RMSE and MAE are over all samples and outputs; R² is 1 − Σ (y − z)² / Σ (y − mean y)² of each output, and the mean over outputs.
 * An output whose label never differs has R² 1 where it is met exactly, and 0 otherwise. Definitions are scikit-learn's.
 *
 * Collected over any number of batches in float64. Kept of each sample: its squared error, the mean over outputs.
 */
export function regressionMetrics(outputs: number): MetricsAccumulator {
  const each = Array.from({ length: outputs }, () => ({ mean: 0, spread: 0, squared: 0 }));
  const totals = { count: 0, squared: 0, absolute: 0, toTeacher: 0, compared: 0 };

  return {
    add(batch) {
      const { logits, labels, teacher } = batch;
      const targets = targetsOf(batch, outputs, "numbers");
      const errors = new Float32Array(labels.length);
      for (let i = 0; i < labels.length; i++) {
        totals.count++;
        let own = 0;
        for (const [k, it] of each.entries()) {
          const [value, target] = [logits[i * outputs + k] as number, targets[i * outputs + k] as number];
          const squared = (value - target) ** 2;
          own += squared;
          it.squared += squared;
          totals.absolute += Math.abs(value - target);
          // Welford 1962: no difference of large sums is taken.
          const from = target - it.mean;
          it.mean += from / totals.count;
          it.spread += from * (target - it.mean);
          if (teacher) totals.toTeacher += (value - (teacher[i * outputs + k] as number)) ** 2;
        }
        totals.squared += own;
        if (teacher) totals.compared++;
        errors[i] = own / outputs;
      }
      return errors;
    },
    result() {
      const { count, squared, absolute, toTeacher, compared } = totals;
      const r2 = each.map((it) => (it.spread > 0 ? 1 - it.squared / it.spread : it.squared === 0 ? 1 : 0));
      return {
        metrics: {
          rmse: Math.sqrt(squared / (count * outputs)),
          mae: absolute / (count * outputs),
          r2: r2.reduce((sum, value) => sum + value, 0) / outputs,
          ...(compared > 0 ? { teacherRmse: Math.sqrt(toTeacher / (compared * outputs)) } : {}),
        },
      };
    },
  };
}
