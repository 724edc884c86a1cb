import { RunError } from "../../runs/runError.ts";

/** MLflow's REST API, as far as runs are written with it. */
export interface TrackingServer {
  /** Without a slash at its end. */
  readonly address: string;
  /**
   * @param path below `api/2.0/mlflow/`
   * @returns the answer, which is JSON; undefined where the server says that there is no such thing
   * Throws a RunError: unreachable, unauthorized, or tracking-server for any other answer.
   */
  readonly ask: (path: string, values: Readonly<Record<string, string>>) => Promise<unknown>;
  /** The same with a body, which the server acts on. */
  readonly tell: (path: string, body: object) => Promise<unknown>;
}

/** Milliseconds that a server has for an answer: 1,000 numbers take one with a database 100. */
const usualPatience = 60_000;

export interface ServerOptions {
  /** Milliseconds that it has for an answer. */
  readonly patience?: number;
  /** Ends what is asked. */
  readonly signal?: AbortSignal;
}

/** @param environment has the variables with which MLflow's own client is authorised; what they say is sent, and told nobody */
export function trackingServer(
  to: string,
  environment: NodeJS.ProcessEnv,
  { patience = usualPatience, signal }: ServerOptions = {},
): TrackingServer {
  const address = addressOf(to);
  const authorization = authorizationIn(environment);

  async function request(path: string, body?: object): Promise<unknown> {
    const headers = {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(authorization === undefined ? {} : { authorization }),
    };
    const how = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
    // A redirected POST would lose its body.
    const late = AbortSignal.timeout(patience);
    const limits = {
      redirect: "manual",
      signal: signal === undefined ? late : AbortSignal.any([late, signal]),
    } as const;
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${address}/api/2.0/mlflow/${path}`, { ...how, ...limits });
      text = await response.text();
    } catch (error) {
      throw unreachable(address, error, patience);
    }
    const answer = parsed(text);
    if (response.ok && answer !== undefined) return answer;
    const { error_code: code, message } = (answer ?? {}) as { error_code?: unknown; message?: unknown };
    if (response.status === 404 && code === "RESOURCE_DOES_NOT_EXIST") return undefined;
    if (response.status === 401 || response.status === 403)
      throw new RunError(
        "unauthorized",
        `${address} refuses access (${response.status}).`,
        authorization === undefined
          ? "Set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD."
          : "What MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, say was sent: correct it.",
      );
    if (typeof code !== "string") throw noMlflow(address, response);
    throw new RunError(
      "tracking-server",
      `${address} answered ${path.replace(/\?.*/, "")} with ${response.status} ${code}: ${message}`,
      "Export again once that is mended: it continues where it ended.",
    );
  }

  return {
    address,
    ask: (path, values) => request(`${path}?${new URLSearchParams(values)}`),
    tell: request,
  };
}

/** A text in an answer, by its path; throws a RunError where it is not there. */
export function textIn({ address }: TrackingServer, answer: unknown, ...path: readonly string[]): string {
  let value = answer;
  for (const key of path) value = (value as Readonly<Record<string, unknown>> | undefined)?.[key];
  if (typeof value !== "string") throw noMlflow(address);
  return value;
}

/** @throws RunError `address` */
export function addressOf(to: string): string {
  const url = URL.canParse(to) ? new URL(to) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new RunError(
      "address",
      `"${to}" is no address of a server.`,
      "It is one such as http://127.0.0.1:5000.",
    );
  if (url.username !== "" || url.password !== "")
    throw new RunError(
      "address",
      "The address has a name or a password in it, which other users of this machine can see.",
      "Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, and leave them out of it.",
    );
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

function authorizationIn(environment: NodeJS.ProcessEnv): string | undefined {
  const token = environment["MLFLOW_TRACKING_TOKEN"];
  const user = environment["MLFLOW_TRACKING_USERNAME"];
  const password = environment["MLFLOW_TRACKING_PASSWORD"];
  // In MLflow's client the name and the password come first.
  if (user && password) return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  return token ? `Bearer ${token}` : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const noMlflow = (address: string, response?: Response): RunError => {
  const moved = response?.headers.get("location");
  const how = response === undefined ? "" : ` (${response.status}${moved ? `, to ${moved}` : ""})`;
  return new RunError(
    "tracking-server",
    `${address} does not answer as MLflow does${how}.`,
    "Give the address that a browser shows MLflow at, without what follows #.",
  );
};

function unreachable(address: string, error: unknown, patience: number): RunError {
  const { name, cause } = error as Error;
  const { code, message } = (cause ?? error) as NodeJS.ErrnoException;
  const why =
    name === "TimeoutError" ? `no answer within ${patience / 1000} s` : (reasons[code ?? ""] ?? message);
  return new RunError(
    "unreachable",
    `${address} could not be reached: ${why}.`,
    "Correct the address, or start the server there: `mlflow server`.",
    { cause: error },
  );
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "there is no host of that name",
  ECONNRESET: "the connection was broken off",
  UND_ERR_SOCKET: "the connection was broken off",
};
