/** The networks of a run in words, in the order in which they are shown. */
export const networkNames = {
  teacher: "teacher",
  student: "student",
  studentAlone: "student alone",
} as const;

export const networkWords = (network: string): string =>
  network in networkNames ? networkNames[network as keyof typeof networkNames] : network;
