import { existsSync } from "node:fs";

/** The commands with which the system's package manager installs what is missing. */

export type PackageManager = "apt" | "dnf" | "pacman";
export type Tool = "compiler" | "python" | "npm";

const packages: Readonly<Record<PackageManager, Readonly<Record<Tool, string>>>> = {
  apt: { compiler: "g++", python: "python3-pip", npm: "npm" },
  dnf: { compiler: "gcc-c++", python: "python3-pip", npm: "npm" },
  pacman: { compiler: "gcc", python: "python-pip", npm: "npm" },
};
const installs: Readonly<Record<PackageManager, string>> = {
  apt: "sudo apt install",
  dnf: "sudo dnf install",
  pacman: "sudo pacman -S",
};

export function readPackageManager(): PackageManager | undefined {
  return (["apt", "dnf", "pacman"] as const).find((name) => existsSync(`/usr/bin/${name}`));
}

/** The Vulkan loader with Mesa's drivers: for AMD's and Intel's cards, and one in software. NVIDIA's comes with its own. */
const vulkan: Readonly<Record<PackageManager, string>> = {
  apt: "mesa-vulkan-drivers",
  dnf: "vulkan-loader mesa-vulkan-drivers",
  pacman: "vulkan-icd-loader vulkan-radeon vulkan-intel vulkan-swrast",
};

/** Undefined where the system's package manager is not known. */
export function vulkanCommand(manager = readPackageManager()): string | undefined {
  return manager && `${installs[manager]} ${vulkan[manager]}`;
}

const toolOf: Readonly<Record<string, Tool>> = {
  "no-compiler": "compiler",
  "no-python": "python",
  "no-pip": "python",
  "no-npm": "npm",
};

/** The command that fixes a failed installation on this machine, by the failure's code; undefined where none does. */
export function commandFor(code: string, manager = readPackageManager()): string | undefined {
  const tool = toolOf[code];
  return tool && toolCommand([tool], manager);
}

/** Undefined where the system's package manager is not known. */
export function toolCommand(tools: readonly Tool[], manager: PackageManager | undefined): string | undefined {
  return manager && `${installs[manager]} ${tools.map((tool) => packages[manager][tool]).join(" ")}`;
}
