import type { RunEvent } from "../../schemas/run-event.gen.ts";
import { grouped, significant } from "../grouped.ts";
import { doingWords, secondsLeft } from "../runs/runProgress.ts";
import { networkWords } from "../statistics/networkWords.ts";
import { metricText } from "../tasks/metricText.ts";
import { taskOfMetrics } from "../tasks/tasks.ts";
import { phaseText, share } from "./progressLine.ts";
import type { RunView } from "./runView.ts";
import { duration } from "./wording.ts";

/** Milliseconds between two lines on progress, for logs that are read later. */
const progressEvery = 5000;

/** Gives for each event, already shown in the view, the lines to print. */
export function plainLines(view: RunView): (event: RunEvent) => readonly string[] {
  let printed = 0;
  let phase = "";
  const isDue = ({ time }: RunEvent, last: boolean) => {
    if (!last && time - printed < progressEvery) return false;
    printed = time;
    return true;
  };
  return (event) => {
    const { facts, counts } = view;
    switch (event.type) {
      case "started": {
        const isTrained = event.mode === "start" && event.step > 0;
        const from = event.step > 0 ? `resumed at step ${grouped(event.step)} of` : "started:";
        const own = facts.parameters === undefined ? "" : `, ${grouped(facts.parameters)} parameters`;
        const why = event.engineReason === undefined ? [] : [`engine: ${event.engineReason}`];
        const { samples } = event;
        const data =
          samples === undefined
            ? []
            : [
                `samples: ${grouped(samples.labelled)} labelled, ${grouped(samples.unlabelled)} without labels`,
              ];
        const where = [event.engine, event.device].filter(Boolean).join(", ");
        const begun = `${isTrained ? "found trained:" : from} ${grouped(event.totalSteps)} steps${own}, ${where}`;
        return [begun, ...data, ...why];
      }
      case "phase": {
        const text = phaseText(view);
        if (text === phase) return [];
        phase = text;
        return [text];
      }
      case "teacher":
        return [`teacher: ${event.reading}`];
      case "stage":
        return [
          `${event.subject === undefined || event.subject === "student" ? "" : `${networkWords(event.subject)}, `}stage ${event.name}: from step ${grouped(event.step)} to ${grouped(event.totalSteps)}`,
        ];
      case "compiled":
        return event.subject === undefined || event.subject === "student" ? [`layout: ${event.layout}`] : [];
      case "step":
      case "progress": {
        if (counts === undefined || !isDue(event, counts[0] === counts[1])) return [];
        if (facts.phase === "preflight") return [doingWords(facts)];
        const text = phaseText(view);
        const begun = text === phase ? [] : [text];
        phase = text;
        const left = secondsLeft(facts.work);
        const numbers = [
          `${share(facts.work.fraction)}  ${grouped(counts[0])}/${grouped(counts[1])}`,
          view.loss === undefined ? "" : `loss ${significant(view.loss)}`,
          view.samplesPerSecond === undefined ? "" : `${grouped(view.samplesPerSecond)} samples/s`,
          left === undefined ? "" : `${duration(left)} left`,
        ];
        return [...begun, numbers.filter(Boolean).join("  ")];
      }
      case "evaluation": {
        const [first = "", second = ""] = taskOfMetrics(event.metrics).shown;
        const metricWords = (name: string) => `${name} ${metricText(name, event.metrics[name])}`;
        const whose =
          event.subject === undefined || event.subject === "student"
            ? ""
            : `${networkWords(event.subject)}, `;
        return [
          `${whose}${event.split}: ${metricWords(first)}, ${metricWords(second)}${event.best ? " (best)" : ""}`,
        ];
      }
      case "warning":
        return [`warning: ${event.message} [${event.code}]`];
      default:
        return [];
    }
  };
}
