import type { InspectedSample } from "../protocol.ts";
import { networks, networkWords } from "../statistics/networkWords.ts";

interface AnswerLine {
  readonly text: string;
  /** Nothing of numbers, which are near or far. */
  readonly kind: "right" | "wrong" | "";
}

/** What each network says of a sample: `✗ student: dog · 75.0 %`. */
export const answerLines = ({ predicted }: Pick<InspectedSample, "predicted">): AnswerLine[] =>
  networks.flatMap((network) => {
    const given = predicted[network];
    if (given === undefined) return [];
    const { words, note, isRight } = given;
    const [sign, kind] = isRight === undefined ? (["", ""] as const) : isRight ? right : wrong;
    const noted = note === undefined ? words : `${words} · ${note}`;
    return [{ text: `${sign}${networkWords(network)}: ${noted}`, kind }];
  });

const right = ["✓ ", "right"] as const;
const wrong = ["✗ ", "wrong"] as const;
