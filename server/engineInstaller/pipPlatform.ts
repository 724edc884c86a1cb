/** pip's arguments for the wheel of one platform, whatever Python it runs on. Old versions of pip accept only one. */
export const pipPlatform = (platform = "any"): readonly string[] => [
  ...["--only-binary=:all:", "--no-cache-dir", "--implementation", "cp"],
  ...["--python-version", "311", "--abi", "cp311", "--platform", platform],
];
