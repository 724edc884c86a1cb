/** Whether a type is the path of a module of a person's own. */
export const isModulePath = (type: string): boolean => /^\.{1,2}\//.test(type);

/** What a module is called where it is given no name: `./losses/focal.ts` is focal, as far as letters can be a name. Other words stay. */
export function moduleName(type: string): string {
  if (!isModulePath(type)) return type;
  const [file = ""] = type.split("/").slice(-1);
  const word = file.replace(/\.[^.]*$/, "").replaceAll(/[^A-Za-z0-9_-]/g, "_");
  return /^[A-Za-z]/.test(word) ? word : `own_${word}`;
}
