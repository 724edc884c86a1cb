import { grouped } from "../../../server/grouped.ts";
import { answerLines } from "../../../server/inspection/answerLines.ts";
import type { InspectedSample, SamplePreview } from "../../../server/protocol.ts";
import { element } from "../dom.ts";

/** A sample with what each network says of it. */
export function sampleView({ number, truth, predicted, preview }: InspectedSample): HTMLElement {
  const lines = answerLines({ predicted }).map(({ text, kind }) => element("li", { class: kind, text }));
  return element("figure", {}, [
    preview && previewView(preview),
    element("figcaption", {}, [
      element("strong", { text: `#${grouped(number)} · ${truth}` }),
      element("ul", {}, lines),
    ]),
  ]);
}

function previewView(preview: SamplePreview): HTMLElement {
  switch (preview.kind) {
    case "image": {
      const scale = Math.max(1, Math.floor(64 / Math.max(preview.width, preview.height)));
      return element("img", {
        attributes: {
          src: preview.uri,
          alt: "",
          width: String(preview.width * scale),
          height: String(preview.height * scale),
        },
      });
    }
    case "text":
      return element("blockquote", { text: preview.text });
    case "row":
      return element("dl", {}, [
        ...preview.cells.flatMap(([name, value]) => [
          element("dt", { text: name }),
          element("dd", { text: value }),
        ]),
        preview.more !== undefined && element("dd", { class: "note", text: preview.more }),
      ]);
  }
}
