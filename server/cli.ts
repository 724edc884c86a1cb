import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { setReadingPolicy } from "./data/reading.ts";
import { ownVersion, packageRoot } from "./runs/packageRoot.ts";
import { RunError, systemError } from "./runs/runError.ts";
import { complain, type ExitCode, exit, print, type Terminal } from "./terminal/terminal.ts";

/** `distill`. Every command is a file in cli/, loaded when it is called: `check` must not wait for what `run` needs. */

const terminal: Terminal = { out: process.stdout, err: process.stderr };

const here = workingDirectory();

// Whoever names a path here means to read there.
setReadingPolicy({
  folders: [here, ...process.argv.slice(2).map((argument) => resolve(argument))],
  isTrusted: true,
});

const program = new Command("distill")
  .description("Train a small student to match a large teacher, as an experiment file says.")
  .version(ownVersion(), "-v, --version")
  .showSuggestionAfterError()
  .enablePositionalOptions()
  .configureOutput({
    writeOut: (text) => print(terminal, ...linesOf(text)),
    writeErr: (text) => complain(terminal, ...linesOf(text)),
    // What a person typed stands in it, which may hold line ends; only the suggestion is a line of its own.
    outputError: (text) => complain(terminal, ...text.trimEnd().split(/\n(?=\(Did you mean [^\n]*\)$)/)),
  })
  .exitOverride((error) => {
    // Help and version are no failures; commander has printed what there is to say.
    process.exit(error.exitCode === 0 ? exit.done : exit.failed);
  });

const runArgument = "an id, the beginning of one, a path, or `latest`";
const runsOption = [
  "--runs-directory <folder>",
  "where the runs are; .distill/runs beside the experiment otherwise",
] as const;

program
  .command("check")
  .description("say what is wrong with experiment files; exit 2 if anything is")
  .argument("<files...>")
  .action(async (files: string[]) => finish((await import("./cli/check.ts")).check(files, terminal)));

program
  .command("run")
  .description("train the student of an experiment file")
  .argument("<file>")
  .option(
    "--set <path=value>",
    "set a value of the experiment, as in losses[0].temperature=4; may be repeated",
    collect,
  )
  .option("--engine <engine>", "auto, onnxruntime or tensorflow, in place of what the file says")
  .option("--device <device>", "auto, cpu, gpu, gpu:N or webgpu, in place of what the file says")
  .option("--teacher-only", "train the teacher that the file describes, measure it, and leave the student")
  .option("--watch", "run again whenever the file is saved")
  .option("--detach", "print the run's id and leave it running")
  .option("--json", "print the run's events as JSON lines")
  .option(...runsOption)
  .action(async (file: string, { watch, ...options }) => {
    if (watch) return finish((await import("./cli/watchFile.ts")).runAndWatch(file, options, terminal));
    return finish((await import("./cli/run.ts")).run(file, options, terminal));
  });

program
  .command("resume")
  .description("go on with a run from its last checkpoint")
  .argument("<run>", runArgument)
  .option("--engine <engine>", "auto, onnxruntime or tensorflow, in place of the run's own from here on")
  .option("--device <device>", "auto, cpu, gpu, gpu:N or webgpu, in place of the run's own from here on")
  .option(
    "--accept-changed-data",
    "go on although data or teacher are not what the run began with; the run is marked",
  )
  .option("--detach", "print the run's id and leave it running")
  .option("--json", "print the run's events as JSON lines")
  .option(...runsOption)
  .action(async (run: string, options) =>
    finish((await import("./cli/resume.ts")).resume(run, options, terminal)),
  );

program
  .command("stop")
  .description("let a run finish its step, write a checkpoint and end; a second stop ends it at once")
  .argument("<run>", runArgument)
  .option("--force", "end it at once")
  .option(...runsOption)
  .action(async (run: string, options) =>
    finish((await import("./cli/stop.ts")).stop(run, options, terminal)),
  );

program
  .command("list")
  .description("list the runs of this folder and those below, newest first")
  .option("--json", "print them as JSON")
  .option(...runsOption)
  .action(async (options) => finish((await import("./cli/list.ts")).list(options, terminal)));

program
  .command("show")
  .description("show a run: state, metrics, settings, files")
  .argument("<run>", runArgument)
  .option("--json", "print it as JSON")
  .option(...runsOption)
  .action(async (run: string, options) =>
    finish((await import("./cli/show.ts")).show(run, options, terminal)),
  );

program
  .command("compare")
  .description("show what differs between runs, and what came of it")
  .argument("<runs...>", runArgument)
  .option("--json", "print it as JSON")
  .option(...runsOption)
  .action(async (runs: string[], options) =>
    finish((await import("./cli/compare.ts")).compare(runs, options, terminal)),
  );

program
  .command("export")
  .description("write a run's student as a model file that other programs load")
  .argument("<run>", runArgument)
  .requiredOption("--format <format>", "onnx, or tfjs for a model.json with its weights")
  .requiredOption("--out <path>", "the file to write (onnx) or the folder (tfjs)")
  .option("--output <output>", "probabilities (default), or logits (default with --raw)")
  .option("--raw", "the bare network: it takes normalised samples, where else the model normalises raw ones")
  .option("--layout <layout>", "order of an image's axes in an ONNX model's input: nhwc (default) or nchw")
  .option("--weights <weights>", "best (by validation, default) or final")
  .option(...runsOption)
  .action(async (run: string, options) =>
    finish((await import("./cli/export.ts")).exportRun(run, options, terminal)),
  );

program
  .command("evaluate")
  .description("measure a run's best student, a model in a file, or an experiment's teacher, on data")
  .argument("<run|model|experiment>", `${runArgument}; or a model.json, .onnx or .distill.json file`)
  .option("--teacher", "measure the experiment's teacher, on the experiment's own data without --data")
  .option("--data <file>", "an experiment file; for a run also a CSV or npz file like its own")
  .option("--split <split>", "train, validation or test; the test split where there is one otherwise")
  .option("--json", "print the metrics and the confusion matrix as JSON")
  .option(...runsOption)
  .action(async (reference: string, options) =>
    finish((await import("./cli/evaluate.ts")).evaluate(reference, options, terminal)),
  );

program
  .command("init")
  .description("write a new experiment file to begin with")
  .argument("[name]", "its name", "experiment")
  .option("--from <number>", "the starting point, as --list numbers them")
  .option("--list", "list the starting points")
  .action(async (name: string, options) =>
    finish((await import("./cli/init.ts")).init(name, options, terminal)),
  );

const engine = program.command("engine").description("list, install, check and remove what runs train with");
const engineArgument = "tensorflow; onnxruntime is built in";

engine
  .command("list")
  .description("list the engines of this machine")
  .option("--json", "print them as JSON")
  .action(async (options) => finish((await import("./cli/engine.ts")).listEngines(options, terminal)));

engine
  .command("install")
  .description("build an engine for this user")
  .argument("<engine>", engineArgument)
  .option("--gpu", "for NVIDIA cards, with CUDA's libraries: 2.9 GB to fetch")
  .option("--from <folder>", "take files from there that were fetched elsewhere")
  .option("--without-card", "build the one for NVIDIA cards on a machine that has none")
  .option("--force", "build it even where a whole one is there")
  .option("--json", "print progress as JSON lines")
  .action(async (name: string, options) =>
    finish((await import("./cli/engine.ts")).install(name, options, terminal)),
  );

engine
  .command("doctor")
  .description("say what is there, what is missing, and the one command that mends it")
  .option("--json", "print it as JSON")
  .action(async (options) => finish((await import("./cli/engine.ts")).doctor(options, terminal)));

engine
  .command("remove")
  .description("remove an engine that was built here")
  .argument("<engine>", engineArgument)
  .option("--gpu", "the one for NVIDIA cards")
  .option("--json", "print what was removed, or why not, as a JSON line")
  .action(async (name: string, options) =>
    finish((await import("./cli/engine.ts")).remove(name, options, terminal)),
  );

program
  .command("schema")
  .description("print the JSON schema of experiment files")
  .action(async () => {
    terminal.out.write(await readFile(join(packageRoot(), "schemas/experiment.schema.json")));
  });

// A reader that has seen enough, as `head`, is no failure; the trainer goes on.
process.stdout.on("error", (error: NodeJS.ErrnoException) =>
  process.exit(error.code === "EPIPE" ? exit.done : exit.failed),
);

await program.parseAsync();

/** Ends the process by itself, so that what is still in the pipes is written. */
async function finish(command: Promise<ExitCode>): Promise<void> {
  try {
    process.exitCode = await command;
  } catch (error) {
    const told = error instanceof RunError ? error : systemError(error);
    if (told === undefined) {
      complain(terminal, ...linesOf(error instanceof Error ? (error.stack ?? error.message) : String(error)));
      process.exit(exit.failed);
    }
    complain(terminal, told.message, told.hint);
    process.exitCode = exit.failed;
  }
}

/** Without the end of the last one, which is put there again. */
function linesOf(text: string): string[] {
  return text.replace(/\n$/, "").split("\n");
}

/** Paths start there, and Node itself fails in one that is gone, a trainer's too: no command goes without. */
function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    complain(
      terminal,
      "The working directory is not there any more: it was moved or deleted.",
      "Change to one that is there (cd), then try again.",
    );
    process.exit(exit.failed);
  }
}

function collect(setting: string, before: string[] = []): string[] {
  return [...before, setting];
}
