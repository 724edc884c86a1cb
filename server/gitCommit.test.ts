import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { gitCommit } from "./gitCommit.ts";

const folder = mkdtempSync(join(tmpdir(), "git-commit-"));
after(() => rmSync(folder, { recursive: true }));

const git = (at: string, ...words: string[]) =>
  execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", "-C", at, ...words], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();

/** A repository with one commit of `file`, whose configuration is written only afterwards. */
function repository(name: string): { readonly at: string; readonly head: string } {
  const at = join(folder, name);
  mkdirSync(at);
  git(at, "init", "--quiet");
  writeFileSync(join(at, "file"), "text\n");
  git(at, "add", "file");
  git(at, "commit", "--quiet", "--message", "first");
  return { at, head: git(at, "rev-parse", "HEAD") };
}

/** Makes git look into the file: by its time it may have changed. */
const touch = (at: string) => utimesSync(join(at, "file"), 1e9, 1e9);

test("names the commit, and says where tracked files differ from it", () => {
  const { at, head } = repository("plain");
  writeFileSync(join(at, "untracked"), "");
  touch(at);
  assert.equal(gitCommit(at), head);
  writeFileSync(join(at, "file"), "changed\n");
  assert.equal(gitCommit(at), `${head}-dirty`);
  mkdirSync(join(at, "below"));
  assert.equal(gitCommit(join(at, "below")), `${head}-dirty`);
  assert.equal(gitCommit(folder), undefined);
  assert.equal(gitCommit(join(folder, "missing")), undefined);
});

test("a repository without a commit has none to name", () => {
  const at = join(folder, "unborn");
  mkdirSync(at);
  git(at, "init", "--quiet");
  assert.equal(gitCommit(at), undefined);
});

test("a repository in disguise is not taken for one", () => {
  const at = join(folder, "disguised");
  git(folder, "init", "--quiet", "--bare", "disguised");
  git(at, "config", "core.bare", "false");
  git(at, "config", "core.worktree", at);
  writeFileSync(join(at, "file"), "text\n");
  git(at, "add", "file");
  git(at, "commit", "--quiet", "--message", "first");
  assert.equal(
    git(at, "status", "--porcelain", "--untracked-files=no"),
    "",
    "git itself does take it for one",
  );
  assert.equal(gitCommit(at), undefined);
});

/** Each makes git run `program` on the way to a status, were it let to. */
const hostile: Record<string, (at: string, program: string) => void> = {
  "a file system monitor": (at, program) => git(at, "config", "core.fsmonitor", program),
  "a hook on the index": (at, program) => {
    writeFileSync(join(at, ".git/hooks/post-index-change"), `#!/bin/sh\n${program}\n`, { mode: 0o755 });
  },
  "a filter": (at, program) => {
    git(at, "config", "filter.f.clean", program);
    writeFileSync(join(at, ".git/info/attributes"), "* filter=f\n");
  },
  "a filter with an equals sign in its name": (at, program) => {
    git(at, "config", "filter.a=b.clean", program);
    writeFileSync(join(at, ".git/info/attributes"), "* filter=a=b\n");
  },
  "a filter that is a process": (at, program) => {
    git(at, "config", "filter.f.process", program);
    git(at, "config", "filter.f.required", "true");
    writeFileSync(join(at, ".git/info/attributes"), "* filter=f\n");
  },
  "a filter in a submodule": (at, program) => {
    const inner = repository(`${basename(at)}-inner`);
    git(at, "-c", "protocol.file.allow=always", "submodule", "add", "--quiet", inner.at, "inner");
    git(at, "commit", "--quiet", "--message", "second");
    git(join(at, "inner"), "config", "core.fsmonitor", program);
  },
  "a transport for missing objects": (at, program) => {
    git(at, "config", "core.repositoryFormatVersion", "1");
    git(at, "config", "extensions.partialClone", "origin");
    git(at, "config", "remote.origin.url", at);
    git(at, "config", "remote.origin.promisor", "true");
    git(at, "config", "remote.origin.uploadpack", program);
    const tree = git(at, "rev-parse", "HEAD^{tree}");
    rmSync(join(at, ".git/objects", tree.slice(0, 2)), { recursive: true });
    rmSync(join(at, ".git/index"));
  },
};

for (const [count, [what, plant]] of Object.entries(hostile).entries()) {
  test(`no program that a repository names is run: ${what}`, () => {
    const run = (name: string) => {
      const { at } = repository(`${name}-${count}`);
      const mark = `${at}-has-run`;
      plant(at, `touch ${mark} #`);
      touch(at);
      return { at, mark };
    };
    const control = run("control");
    try {
      git(control.at, "describe", "--always", "--dirty");
    } catch {
      // It may fail once the program has run.
    }
    assert.ok(existsSync(control.mark), "git itself runs it");
    const victim = run("victim");
    gitCommit(victim.at);
    assert.ok(!existsSync(victim.mark));
  });
}
