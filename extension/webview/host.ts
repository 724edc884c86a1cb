import { type HostMessage, isHostMessage, type PanelMessage } from "../panel/messages.ts";

interface EditorApi {
  postMessage(message: PanelMessage): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): EditorApi;

/** The extension host, and the state that the editor keeps for this panel over hiding and reloading. */
export const host = acquireVsCodeApi();

/** The page's settings, from the editor, or from the host where this page replaces one whose host has ended. */
export function keptState(): unknown {
  const given = document.querySelector<HTMLElement>("#panel")?.dataset["state"];
  return host.getState() ?? (given === undefined ? undefined : JSON.parse(given));
}

/** The workspace's layout, for a page without settings of its own. */
export function keptLayout(): unknown {
  return JSON.parse(document.querySelector<HTMLElement>("#panel")?.dataset["layout"] ?? "null");
}

export function keepState(state: object, layout: object): void {
  host.setState(state);
  host.postMessage({ type: "keep", state, layout });
}

export function listen(receive: (message: HostMessage) => void): void {
  window.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (isHostMessage(data)) receive(data);
  });
}
