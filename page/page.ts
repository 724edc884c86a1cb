import { element } from "../extension/webview/dom.ts";
import { sampleView } from "../extension/webview/inspection/sampleView.ts";
import { brief, grouped } from "../server/grouped.ts";
import type { PageContent, PageSample } from "../server/studentPage/pageContent.ts";
import { answerOf, answerView, classOf } from "./answers.ts";
import { imageForm } from "./imageForm.ts";
import type { FormOptions, InputForm } from "./inputForm.ts";
import { readContent, readPart, valuesOf } from "./parts.ts";
import { rowForm } from "./rowForm.ts";
import { openStudent, type Student } from "./student.ts";
import { textForm } from "./textForm.ts";

const status = document.getElementById("status") as HTMLElement;
const root = document.getElementById("page") as HTMLElement;

try {
  await open();
} catch (error) {
  status.textContent = `The student cannot be opened here: ${error instanceof Error ? error.message : error}`;
  status.dataset["state"] = "failed";
}

async function open(): Promise<void> {
  const content = readContent();
  const [model, runtime, tokenizer] = await Promise.all(["model", "runtime", "tokenizer"].map(readPart));
  if (model === undefined || runtime === undefined) throw new Error("the page is not whole");
  const student = await openStudent(content, { model, runtime });
  const answer = element("section", {
    class: "answer",
    attributes: { "aria-label": "Answer", "aria-live": "polite" },
  });
  /** Only the answer to the last question is shown. */
  let asked = 0;
  const ask = async (values: Float32Array | string) => {
    const own = ++asked;
    if (typeof values === "string") return answer.replaceChildren(element("p", { text: values }));
    const { outputs, ms } = await student.ask(values);
    if (own !== asked) return;
    answer.replaceChildren(
      element("h2", { text: "The student says" }),
      answerView(content, outputs),
      element("p", { class: "note", text: `${brief(ms)} ms, computed in this page` }),
    );
  };
  const form = formFor({ content, tell: (values) => void ask(values) }, tokenizer);
  root.append(
    ...content.notes.map((text) => element("p", { class: "note", text })),
    element("div", { class: "top" }, [
      element("section", { attributes: { "aria-label": "Sample" } }, [form.element]),
      answer,
    ]),
  );
  if (content.samples.length > 0) root.append(await storedSamples(content, { student, form, ask }));
  else form.begin();
  const bytes = model.length;
  status.textContent = `A student of ${grouped(bytes / 1000)} KB; what is given stays in this page.`;
  status.dataset["state"] = "ready";
}

function formFor(options: FormOptions, tokenizer: Uint8Array | undefined): InputForm {
  const { kind } = options.content;
  if (kind === "text" && tokenizer !== undefined) return textForm(options, tokenizer);
  return kind === "image" ? imageForm(options) : rowForm(options);
}

interface Parts {
  readonly student: Student;
  readonly form: InputForm;
  readonly ask: (values: Float32Array) => Promise<void>;
}

/** What was evaluated, with the answers of the run's networks; the student's own are those that it gives here. */
async function storedSamples(content: PageContent, { student, form, ask }: Parts): Promise<HTMLElement> {
  const views: HTMLElement[] = [];
  for (const sample of content.samples) {
    const values = valuesOf(sample, content.raw);
    const { outputs } = await student.ask(values);
    const predicted = { ...sample.predicted, student: answerOf(content, outputs, sample) };
    const select = () => {
      form.show(values, sample);
      void ask(values);
    };
    views.push(sampleButton({ ...sample, predicted }, classOf(outputs), select));
    if (views.length === 1) select();
  }
  const { split = "test" } = content;
  return element("section", { attributes: { "aria-label": "Stored samples" } }, [
    element("h2", { text: `${views.length} samples of the ${split} split` }),
    element("div", { class: "samples" }, views),
  ]);
}

function sampleButton(sample: PageSample, said: number, select: () => void): HTMLElement {
  const given = element(
    "button",
    { class: "sample", attributes: { type: "button" }, on: { click: select } },
    [sampleView(sample)],
  );
  given.dataset["number"] = String(sample.number);
  given.dataset["said"] = String(said);
  return given;
}
