import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunSummary, RunWarning } from "../../server/protocol.ts";
import { warningLines } from "./warningLines.ts";

const shown = (colour: string, ...warnings: RunWarning[]) => ({
  run: { warnings } as unknown as RunSummary,
  colour,
});

test("what several runs were warned of in the same words is one line, with the colours of all of them", () => {
  const chance = { code: "teacher-chance", message: "The teacher is right for 10.0 %." };
  const worse = (share: number) => ({ code: "teacher-worse", message: `The student for ${share} %.` });
  assert.deepEqual(
    warningLines([shown("red", chance, worse(90)), shown("blue"), shown("green", chance, worse(91))]),
    [
      { words: "The teacher is right for 10.0 %. [teacher-chance]", colours: ["red", "green"] },
      { words: "The student for 90 %. [teacher-worse]", colours: ["red"] },
      { words: "The student for 91 %. [teacher-worse]", colours: ["green"] },
    ],
  );
  assert.deepEqual(warningLines([shown("red"), { run: {} as RunSummary, colour: "blue" }]), []);
});

test("of a warning with other numbers in each of many runs the first two stand there, and how many more have it", () => {
  const worse = (share: number) => ({ code: "teacher-worse", message: `The student for ${share} %.` });
  const tight = { code: "memory-tight", message: "Little memory." };
  assert.deepEqual(
    warningLines([
      shown("red", worse(90)),
      shown("blue", worse(91)),
      shown("green", worse(92)),
      shown("pink", worse(93), tight),
      shown("grey", worse(93)),
    ]),
    [
      { words: "The student for 90 %. [teacher-worse]", colours: ["red"] },
      { words: "The student for 91 %. [teacher-worse]", colours: ["blue"] },
      { words: "3 more runs with other numbers. [teacher-worse]", colours: ["green", "pink", "grey"] },
      { words: "Little memory. [memory-tight]", colours: ["pink"] },
    ],
  );
});

test("of a run that failed the first line says why and what to do", () => {
  const failed = { state: "failed", message: "Step 2: the term kd is NaN.", hint: "Lower it." };
  const run = { ...failed, warnings: [{ code: "memory-tight", message: "Little memory." }] };
  assert.deepEqual(
    warningLines([{ run: run as unknown as RunSummary, colour: "red" }]).map(({ words }) => words),
    ["Failed: Step 2: the term kd is NaN. Lower it.", "Little memory. [memory-tight]"],
  );
});
