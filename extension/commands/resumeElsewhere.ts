import * as vscode from "vscode";
import { ListTrainingPlaces, type RunSummary, type TrainingPlace } from "../../server/protocol.ts";
import type { Connection } from "../client/connection.ts";
import { notify } from "../notify.ts";
import { fullName } from "../runs/wording.ts";

/** Engine and device to resume on; undefined if the person cancels or installs an engine first. */
export async function pickTrainingPlace(
  connection: Connection,
  run: RunSummary,
): Promise<Pick<TrainingPlace, "engine" | "device"> | undefined> {
  const places = await connection.request(ListTrainingPlaces, { directory: run.directory });
  const chosen = await vscode.window.showQuickPick(
    places.map((place) => ({ ...placeItem(place), place })),
    {
      title: `Resume ${fullName(run)}`,
      placeHolder: "Choose the engine on which it continues from its last checkpoint",
    },
  );
  if (chosen === undefined) return undefined;
  const { engine, device, obstacle, installable } = chosen.place;
  if (obstacle === undefined) return { engine, device };
  const install = { "Install Engine": () => vscode.commands.executeCommand("distill.installEngine") };
  notify("warning", obstacle, installable ? install : {});
  return undefined;
}

/** A row of the list. An engine that is installed shows only notable facts. */
function placeItem(place: TrainingPlace) {
  return {
    label: placeWords(place),
    ...(place.isCurrent ? { description: "as now" } : {}),
    detail: place.obstacle === undefined ? `$(check) ${worth(place)}` : `$(warning) ${place.obstacle}`,
  };
}

function placeWords({ engine, device, card }: TrainingPlace): string {
  if (engine === "auto") return "Automatic";
  const name = engine === "tensorflow" ? "TensorFlow" : "onnxruntime";
  if (device === "webgpu") return `${name} by WebGPU`;
  return `${name} on ${device === "cpu" ? "the CPU" : (card ?? "an NVIDIA card")}`;
}

function worth({ engine, device }: TrainingPlace): string {
  if (engine === "auto") return "A working NVIDIA card where there is one, else the built-in engine.";
  if (device === "webgpu") return "Built in. Needs a graphics card and its driver.";
  if (engine === "onnxruntime") return "Built in. Works everywhere.";
  return "Installed.";
}
