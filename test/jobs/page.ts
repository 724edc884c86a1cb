import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { writeGenerated } from "../../scripts/generate/writeGenerated.ts";
import { data } from "./data.ts";
import { jobs } from "./jobs.ts";
import { students } from "./students.ts";
import { teachers } from "./teachers.ts";

/** Writes docs/jobs.md from the table of jobs: `node test/jobs/page.ts`, which `npm run generate` calls. */

const page = fileURLToPath(new URL("../../docs/jobs.md", import.meta.url));

/** The page's text, and whether it stands so on disk. */
export async function jobsPage(): Promise<{ readonly text: string; readonly isCurrent: boolean }> {
  const text = pageText();
  return { text, isCurrent: (await readFile(page, "utf8").catch(() => "")) === text };
}

function pageText(): string {
  const rows = jobs.map((job) => {
    const task = taskWords[data[job.data].task];
    const cells = [
      data[job.data].says,
      teachers[job.teacher].says,
      students[job.student].says,
      task,
      job.also ?? "",
    ];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  });
  return `<!-- Generated from test/jobs/jobs.ts by \`npm run generate\`. Do not edit. -->

# Jobs that are tried

\`npm run test:jobs\` makes a Python environment, lets Python write the files of each of these ${jobs.length} jobs, and runs it with the
command line. Data sets are those that scikit-learn brings, and generated texts and images; teachers and file students are trained for
a moment or have random weights.

Each job is checked, run and exported. What the report says of the teacher on the test samples has to be what Python's own
library says of it (accuracy, mean average precision, or root mean squared error), and its stored outputs have to be the library's. Where
the student is written in PyTorch as well, loss and gradients of a step are PyTorch's in float64 within 10⁻⁵ of the largest, or, of a
deep file, within twice what PyTorch's own float32 is off. The exported ONNX file has to be as good in Python as the report says.

| data | teacher | student | task | besides |
|---|---|---|---|---|
${rows.join("\n")}
`;
}

const taskWords = { classification: "classes", multiLabel: "several labels", regression: "real numbers" };

if (import.meta.main) await writeGenerated(page, pageText());
