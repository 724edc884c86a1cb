import * as vscode from "vscode";
import { ListTrainingPlaces, type RunSummary, type TrainingPlace } from "../../server/protocol.ts";
import type { Connection } from "../client/connection.ts";
import { notify } from "../notify.ts";
import { fullName } from "../runs/wording.ts";

/** Engine and device to resume on; undefined where the user cancels, or installs the engine first. */
export async function pickTrainingPlace(
  connection: Connection,
  run: RunSummary,
): Promise<Pick<TrainingPlace, "engine" | "device"> | undefined> {
  const places = await connection.request(ListTrainingPlaces, { directory: run.directory });
  const chosen = await vscode.window.showQuickPick(
    places.map((place) => ({ ...placeItem(place), place })),
    { title: `Resume ${fullName(run)}`, placeHolder: "Where should it go on from its last checkpoint?" },
  );
  if (chosen === undefined) return undefined;
  const { engine, device, obstacle, installable } = chosen.place;
  if (obstacle === undefined) return { engine, device };
  const install = { "Install Engine": () => vscode.commands.executeCommand("distill.installEngine") };
  notify("warning", obstacle, installable ? install : {});
  return undefined;
}

/** A row of the list. What can be had has no more to say than what is worth knowing of it. */
function placeItem(place: TrainingPlace) {
  return {
    label: placeWords(place),
    ...(place.isCurrent ? { description: "as now" } : {}),
    detail: place.obstacle === undefined ? `$(check) ${worth(place)}` : `$(warning) ${place.obstacle}`,
  };
}

function placeWords({ engine, device, card }: TrainingPlace): string {
  if (engine === "auto") return "Whatever is there";
  const name = engine === "tensorflow" ? "TensorFlow" : "onnxruntime";
  if (device === "webgpu") return `${name} by WebGPU`;
  return `${name} on ${device === "cpu" ? "the CPU" : (card ?? "an NVIDIA card")}`;
}

function worth({ engine, device }: TrainingPlace): string {
  if (engine === "auto") return "A card that works where there is one, else the built-in engine.";
  if (device === "webgpu") return "Built in. It takes a graphics card with a driver.";
  if (engine === "onnxruntime") return "Built in. It works everywhere.";
  return "Installed.";
}
