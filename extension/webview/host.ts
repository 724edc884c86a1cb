import { type HostMessage, isHostMessage, type PanelMessage } from "../panel/messages.ts";

interface EditorApi {
  postMessage(message: PanelMessage): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): EditorApi;

/** The extension host, and the state that the editor keeps for this panel over hiding and reloading. */
export const host = acquireVsCodeApi();

export function listen(receive: (message: HostMessage) => void): void {
  window.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (isHostMessage(data)) receive(data);
  });
}
