/** pip's arguments for the wheel of one platform, whatever Python it runs on. Old pip takes no more than one. */
export const pipPlatform = (platform = "any"): readonly string[] => [
  ...["--only-binary=:all:", "--no-cache-dir", "--implementation", "cp"],
  ...["--python-version", "311", "--abi", "cp311", "--platform", platform],
];
