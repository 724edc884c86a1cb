import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Command, type Option } from "commander";
import { ineffective, option } from "./cli/options.ts";
import { setReadingPolicy } from "./data/reading.ts";
import {
  exportFormats,
  imageLayouts,
  logFormats,
  modelOutputs,
  precisions,
  reportFormatNames,
  splits,
  storedSplits,
  studentKinds,
  valuesText,
} from "./optionValues.ts";
import { ownVersion, packageRoot } from "./packageRoot.ts";
import { explained } from "./runs/runError.ts";
import { complain, type ExitCode, exit, print, type Terminal } from "./terminal/terminal.ts";

/** `distill`. Every command is a file in cli/, loaded on use, so that `check` does not load what `run` needs. */

const terminal: Terminal = { out: process.stdout, err: process.stderr };

const here = workingDirectory();

// Paths given here are read.
setReadingPolicy({
  folders: [here, ...process.argv.slice(2).map((argument) => resolve(argument))],
  isTrusted: true,
});

const program = new Command("distill")
  .description("Train a small student to match a large teacher, as described in an experiment file.")
  .version(ownVersion(), "-v, --version")
  .showSuggestionAfterError()
  .enablePositionalOptions()
  // Without "[options]", which each has, so that there is room to wrap the descriptions.
  .configureHelp({
    subcommandTerm: (command) =>
      [command.name(), command.usage().replace(/^\[options\] ?/, "")].join(" ").trim(),
  })
  .configureOutput({
    writeOut: (text) => print(terminal, ...linesOf(text)),
    writeErr: (text) => complain(terminal, ...linesOf(text)),
    // It quotes the user's input, which may have line breaks; only the suggestion is on its own line.
    outputError: (text) => complain(terminal, ...text.trimEnd().split(/\n(?=\(Did you mean [^\n]*\)$)/)),
  })
  .exitOverride((error) => {
    // Help and version are not failures, and commander has printed them.
    process.exit(error.exitCode === 0 ? exit.done : exit.failed);
  });

const runArgument = "an id or its beginning, a path, or `latest`";
const runsOption = [
  "--runs-directory <folder>",
  "folder of runs (default: .distill/runs beside the experiment)",
] as const;

program
  .command("check")
  .description("check experiment files; exit 2 on errors")
  .argument("<files...>")
  .option("--json", "print the findings of each file as JSON")
  .action(async (files: string[], options) =>
    finish((await import("./cli/check.ts")).check(files, options, terminal)),
  );

program
  .command("run")
  .description("train the student of an experiment file")
  .argument("<file>")
  .option(
    "--set <path=value>",
    "set a value of the experiment, as losses[0].temperature=4; repeatable",
    collect,
  )
  .option("--engine <engine>", "auto, onnxruntime or tensorflow, overriding the file")
  .option("--device <device>", "auto, cpu, gpu, gpu:N or webgpu, overriding the file")
  .addOption(
    option("--jobs <number>", "runs of a sweep that train at once, overriding the file", {
      notWith: ["--teacher-only"],
    }),
  )
  .addOption(
    executorOption("where the runs of a sweep train: on this machine, or as jobs of Slurm", {
      notWith: ["--teacher-only"],
    }),
  )
  .option("--teacher-only", "train and evaluate only the teacher that the file describes")
  .option("--watch", "run again whenever the file is saved")
  .option("--tensorboard <folder>", "write events for TensorBoard there, too")
  .option(
    "--mlflow <place>",
    "tell MLflow of the run, too: a server's address, or the folder of a file store",
  )
  .addOption(option("--detach", "print the run's id and leave it running", { notWith: ["--watch"] }))
  .option("--json", "print the run's events as JSON lines")
  .option(...runsOption)
  .action(async (file: string, { watch, ...options }) => {
    if (watch) return finish((await import("./cli/watchFile.ts")).runAndWatch(file, options, terminal));
    return finish((await import("./cli/run.ts")).run(file, options, terminal));
  });

program
  .command("resume")
  .description("resume a run from its last checkpoint")
  .argument("<run>", runArgument)
  .option("--engine <engine>", "auto, onnxruntime or tensorflow, from here on")
  .option("--device <device>", "auto, cpu, gpu, gpu:N or webgpu, from here on")
  .option(
    "--accept-changed-data",
    "resume although data, teacher or starting weights have changed; the run is marked",
  )
  .option(
    "--tensorboard <folder>",
    'write events for TensorBoard there, too (default: where it did before; "": nowhere)',
  )
  .option(
    "--mlflow <place>",
    'tell MLflow of the run, too: a server\'s address, or the folder of a file store (default: where it did before; "": nowhere)',
  )
  .option("--detach", "print the run's id and leave it running")
  .option("--json", "print the run's events as JSON lines")
  .option(...runsOption)
  .action(async (run: string, options) =>
    finish((await import("./cli/resume.ts")).resume(run, options, terminal)),
  );

program
  .command("stop")
  .description("stop a run after its step, with a checkpoint; a second stop kills it")
  .argument("<run>", runArgument)
  .option("--force", "end it at once")
  .option("--json", "print the run as JSON")
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
  .command("note")
  .description("write a note or tags on a run, or print them")
  .argument("<run>", runArgument)
  .argument("[text]", "the note; an empty one removes it")
  .option("--tag <tags...>", "add tags")
  .option("--untag <tags...>", "remove tags")
  .option("--json", "print note and tags as JSON")
  .option(...runsOption)
  .action(async (run: string, text: string | undefined, options) =>
    finish((await import("./cli/note.ts")).annotate(run, text, options, terminal)),
  );

program
  .command("delete")
  .description("delete runs for good, those of a sweep with it, after a question")
  .argument("<runs...>", "their ids, the beginnings of them, or paths")
  .option("-y, --yes", "ask nothing")
  .option("--json", "print the ids of the deleted runs as JSON")
  .option(...runsOption)
  .action(async (runs: string[], options) =>
    finish((await import("./cli/delete.ts")).deleteRuns(runs, options, terminal)),
  );

program
  .command("compare")
  .description("compare settings and results of runs")
  .argument("<runs...>", runArgument)
  .option("--json", "print it as JSON")
  .option(...runsOption)
  .action(async (runs: string[], options) =>
    finish((await import("./cli/compare.ts")).compare(runs, options, terminal)),
  );

program
  .command("report")
  .description("write what a run has shown: as a page, a model card, or rows for a paper")
  .argument("<run>", runArgument)
  .option("--format <format>", valuesText(reportFormatNames))
  .option("--out <file>", "where to write it; else html goes beside, as RUN.html, and others to the terminal")
  .addOption(replaceOption())
  .option("--json", "print it as JSON, or where a file is written, which one it is")
  .option(...runsOption)
  .action(async (run: string, options) =>
    finish((await import("./cli/report.ts")).report(run, options, terminal)),
  );

program
  .command("inspect")
  .description("write what a run's networks say of the samples: confusion, calibration, disagreements")
  .argument("<run>", runArgument)
  .option("--out <file>", "the page to write, in one file (default: RUN-inspected.html)")
  .addOption(replaceOption())
  .option("--json", "print the path of the page, confusions and calibration as JSON")
  .addOption(
    option("--serve", "answer the chart panel's queries, until the input ends", {
      notWith: ["--out", "--json"],
    }).hideHelp(),
  )
  .option(...runsOption)
  .action(async (run: string, options) =>
    finish((await import("./cli/inspect.ts")).inspect(run, options, terminal)),
  );

program
  .command("export-log")
  .description("write what a run has logged for other programs: TensorBoard, MLflow, or a table")
  .argument("<run>", runArgument)
  .requiredOption("--format <format>", valuesText(logFormats))
  .option("--out <path>", "folder for tensorboard and for MLflow's file store, file for csv and parquet")
  .addOption(
    option(
      "--to <address>",
      "MLflow's tracking server, such as http://127.0.0.1:5000; MLFLOW_TRACKING_TOKEN is sent",
      { with: ["--format mlflow"], notWith: ["--out"] },
    ),
  )
  .addOption(replaceOption({ with: ["--out"] }))
  .option("--json", "print what was written as JSON")
  .option(...runsOption)
  .action(async (run: string, options) =>
    finish((await import("./cli/exportLog.ts")).exportLog(run, options, terminal)),
  );

program
  .command("export")
  .description("export a run's student as a model file for other programs, or in a page that shows it")
  .argument("<run>", runArgument)
  .requiredOption("--format <format>", valuesText(exportFormats))
  .requiredOption(
    "--out <path>",
    "the file to write (onnx, and web where it ends in .html) or the folder (tfjs, savedmodel, web)",
  )
  .option("--output <output>", valuesText(modelOutputs))
  .option(
    "--raw",
    "the bare network, which takes normalised samples; otherwise the model normalises raw ones",
  )
  .option(
    "--layout <layout>",
    `order of an image's axes in the input of an ONNX model or a SavedModel: ${valuesText(imageLayouts)}`,
  )
  .option("--weights <weights>", valuesText(studentKinds))
  .option(
    "--precision <precision>",
    `of the weights, of ONNX and pages: ${valuesText(precisions)}; what it costs is measured and printed`,
  )
  .option("--calibrate", "with int8: activations are integers, too, by the ranges of training samples")
  .option(
    "--max-drop <points>",
    "what fewer bits may lose: points of a share, percent of an error (default: 0.5)",
  )
  .addOption(replaceOption())
  .option("--json", "print what was written as JSON")
  .option(...runsOption)
  .action(async (run: string, options) =>
    finish((await import("./cli/export.ts")).exportRun(run, options, terminal)),
  );

program
  .command("evaluate")
  .description("evaluate a run's best student, a model file, or an experiment's teacher")
  .argument("<run|model|experiment>", `${runArgument}; or a model.json, .onnx or .distill.json file`)
  .option("--teacher", "evaluate the experiment's teacher, without --data on the experiment's own data")
  .option("--data <file>", "an experiment file; for a run also a file or folder like its own")
  .option("--split <split>", valuesText(splits))
  .option("--json", "print the metrics and the confusion matrix as JSON")
  .option(...runsOption)
  .action(async (reference: string, options) =>
    finish((await import("./cli/evaluate.ts")).evaluate(reference, options, terminal)),
  );

program
  .command("teacher")
  .description("store the outputs of an experiment's teacher, for a teacher of the type outputs or for runs")
  .argument("<experiment>")
  .addOption(
    option("--out <file>", "the .npz archive to write, or for one split an .npy file", {
      notWith: ["--shard", "--shards"],
    }),
  )
  .addOption(
    option("--split <split>", `${valuesText(storedSplits)}; all of them otherwise`, {
      notWith: ["--shard", "--shards"],
    }),
  )
  .addOption(
    option("--shard <k/n>", "instead compute one of n parts of what a run caches", {
      notWith: ["--shards"],
    }),
  )
  .option("--shards <n>", "compute all n parts, each in a process of its own")
  .addOption(
    executorOption("where these are computed: on this machine, or as jobs of Slurm", {
      with: ["--shards"],
    }),
  )
  .addOption(option("--jobs <number>", "parts that are computed at once", { with: ["--shards"] }))
  .addOption(replaceOption({ with: ["--out"] }))
  .option("--json", "print what was written, or filled, as JSON")
  .option(...runsOption)
  .action(async (file: string, options) =>
    finish((await import("./cli/teacher.ts")).storeTeacher(file, options, terminal)),
  );

program
  .command("init")
  .description("create an experiment file")
  .argument("[name]", "its name; without one, experiment, or digits with --try")
  .addOption(
    option(
      "--from <number>",
      "the starting point's number in --list; the first on files of the folder otherwise",
      { notWith: ["--run", "--list", "--try"] },
    ),
  )
  .addOption(
    option("--run <run>", "the experiment of this run, that of a sweep's run without the sweep", {
      notWith: ["--list", "--try"],
    }),
  )
  .addOption(option("--list", "list the starting points", { notWith: ["--try"] }))
  .addOption(option("--json", "print them as JSON", { with: ["--list"] }))
  .addOption(
    option("--data", "make sample data for the files that it names and that are not there", {
      notWith: ["--run", "--list", "--try"],
    }),
  )
  .option("--try", "make a folder with handwritten digits and an experiment, and run it")
  .action(async (name: string | undefined, options) =>
    finish((await import("./cli/init.ts")).init(name, options, terminal)),
  );

const engine = program.command("engine").description("list, install, check and remove engines");
const engineArgument = "tensorflow; or onnxruntime, where the package came without it";

engine
  .command("list")
  .description("list the engines of this machine")
  .option("--json", "print them as JSON")
  .action(async (options) => finish((await import("./cli/engine.ts")).listEngines(options, terminal)));

engine
  .command("install")
  .description("build tensorflow, or fetch onnxruntime, for this user")
  .argument("<engine>", engineArgument)
  .addOption(
    option("--gpu", "for NVIDIA cards, with CUDA's libraries: 2.9 GB to download", {
      with: ["tensorflow"],
    }),
  )
  .option("--from <folder>", "folder of files downloaded elsewhere")
  .addOption(
    option("--without-card", "build the GPU engine on a machine without an NVIDIA card", {
      with: ["--gpu"],
    }),
  )
  .option("--force", "rebuild an existing engine")
  .option("--json", "print progress as JSON lines")
  .action(async (name: string, options) =>
    finish((await import("./cli/engine.ts")).install(name, options, terminal)),
  );

engine
  .command("doctor")
  .description("diagnose engines and show the command that fixes them")
  .option("--json", "print it as JSON")
  .action(async (options) => finish((await import("./cli/engine.ts")).doctor(options, terminal)));

engine
  .command("remove")
  .description("remove a built engine")
  .argument("<engine>", engineArgument)
  .addOption(option("--gpu", "the one for NVIDIA cards", { with: ["tensorflow"] }))
  .option("--json", "print the result as a JSON line")
  .action(async (name: string, options) =>
    finish((await import("./cli/engine.ts")).remove(name, options, terminal)),
  );

program
  .command("cache")
  .description("tell what samples take in the caches beside the runs of this folder and those below")
  .option("--clear", "throw them away; runs that need them make them again")
  .option("--json", "print it as JSON")
  .option(...runsOption)
  .action(async (options) => finish((await import("./cli/cache.ts")).cache(options, terminal)));

program
  .command("schema")
  .description("print the JSON schema of experiment files")
  .action(async () => {
    terminal.out.write(await readFile(join(packageRoot(), "schemas/experiment.schema.json")));
  });

// A closed pipe, as of `head`, is not a failure, but where a run goes on behind it.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) =>
    process.exit(error.code === "EPIPE" ? (process.exitCode ?? exit.done) : exit.failed),
  );

tellOfHelp(program);

program.hook("preAction", (_, command) => {
  const mistake = ineffective(command);
  if (mistake === undefined) return;
  complain(terminal, mistake);
  process.exit(exit.failed);
});

await program.parseAsync();

function replaceOption(effect?: Parameters<typeof option>[2]): Option {
  return option("--replace", "replace a file of that name that is of no earlier output, too", effect);
}

function executorOption(description: string, effect: Parameters<typeof option>[2]): Option {
  return option("--executor <executor>", description, effect).choices(["local", "slurm"]);
}

/** Lets the process exit by itself, so that pipes are flushed. */
async function finish(command: Promise<ExitCode>): Promise<void> {
  try {
    process.exitCode = await command;
  } catch (error) {
    const known = explained(error);
    if (known === undefined) {
      complain(terminal, ...linesOf(error instanceof Error ? (error.stack ?? error.message) : String(error)));
      process.exit(exit.failed);
    }
    complain(terminal, known.message, ...(known.hint === "" ? [] : [known.hint]));
    process.exitCode = exit.failed;
  }
}

/** A command that lacks an argument names where its arguments are listed. */
function tellOfHelp({ commands }: Command, above = "distill"): void {
  for (const command of commands) {
    const words = `${above} ${command.name()}`;
    command.showHelpAfterError(`Its arguments and options: ${words} --help`);
    tellOfHelp(command, words);
  }
}

/** Without the last newline, which is appended again. */
function linesOf(text: string): string[] {
  return text.replace(/\n$/, "").split("\n");
}

/** Paths are relative to it, and Node fails in a deleted one, a trainer too, so every command needs it. */
function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    complain(
      terminal,
      "The working directory was moved or deleted.",
      "Change to another one (cd), then try again.",
    );
    process.exit(exit.failed);
  }
}

function collect(setting: string, before: string[] = []): string[] {
  return [...before, setting];
}
