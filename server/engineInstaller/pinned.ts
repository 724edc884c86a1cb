import { onnxruntimeVersion } from "../installedEngines/onnxruntime.ts";
import { addonPackages } from "../installedEngines/tensorflow.ts";
import type { EngineKind } from "../protocol.ts";

/**
 * The parts of an engine, each file with its version and SHA-256: the sources of tfjs-node's addon and Node's C headers
 * from npm, libtensorflow and NVIDIA's libraries from the wheels on PyPI.
 */

export interface Archive {
  readonly source: "npm" | "pip";
  readonly name: string;
  readonly version: string;
  readonly file: string;
  readonly sha256: string;
  /** Bytes of the file, and on disk of what is extracted from it. */
  readonly size: number;
  readonly unpacked: number;
  /** For pip: the platform tag. */
  readonly platform?: string;
  /** Libraries in it that TensorFlow never opens. */
  readonly skip?: RegExp;
}

export interface EngineParts {
  readonly kind: EngineKind;
  /** The npm package with its addon. */
  readonly package: (typeof addonPackages)[EngineKind];
  readonly archives: readonly Archive[];
}

export const tensorflowVersion = "2.21.0";
export const tfjsVersion = "4.22.0";
export const oldestGlibc = [2, 27] as const;
/** NVIDIA's rule for CUDA 12. */
export const oldestDriver = 525;

const megabyte = 1e6;

const headers: Archive = {
  source: "npm",
  name: "node-api-headers",
  version: "1.9.0",
  file: "node-api-headers-1.9.0.tgz",
  sha256: "6cbfac49542194ae2c8f1dee5fa2dc00d66bec9cbf3b59e3a4e5f16d14eb0d19",
  size: 16974,
  unpacked: 0,
};

function addonSources(name: EngineParts["package"], file: string, sha256: string, size: number): Archive {
  return { source: "npm", name, version: tfjsVersion, file, sha256, size, unpacked: 0 };
}

/** libtensorflow is byte-identical in the wheels of every Python version, so one tag suffices. */
function tensorflowWheel(name: string, sha256: string, size: number, unpacked: number): Archive {
  return {
    source: "pip",
    name,
    version: tensorflowVersion,
    file: `${name.replace("-", "_")}-${tensorflowVersion}-cp311-cp311-manylinux_2_27_x86_64.whl`,
    sha256,
    size: size * megabyte,
    unpacked: unpacked * megabyte,
    platform: "manylinux_2_27_x86_64",
  };
}

/** `legacy`: the older spelling of the platform, which the file's name has beside the requested one. */
function nvidiaWheel(
  name: string,
  version: string,
  sha256: string,
  {
    size,
    unpacked,
    platform = "manylinux_2_27_x86_64",
    legacy,
    skip,
  }: { size: number; unpacked: number; platform?: string; legacy?: string; skip?: RegExp },
): Archive {
  const tags = legacy ? `${platform}.${legacy}` : platform;
  return {
    source: "pip",
    name: `nvidia-${name}-cu12`,
    version,
    file: `nvidia_${name.replaceAll("-", "_")}_cu12-${version}-py3-none-${tags}.whl`,
    sha256,
    size: size * megabyte,
    unpacked: unpacked * megabyte,
    platform,
    ...(skip && { skip }),
  };
}

const manylinux2014 = { platform: "manylinux2014_x86_64", legacy: "manylinux_2_17_x86_64" };
const manylinux2010 = { platform: "manylinux2010_x86_64", legacy: "manylinux_2_12_x86_64" };

export const engineParts: Readonly<Record<EngineKind, EngineParts>> = {
  cpu: {
    kind: "cpu",
    package: addonPackages.cpu,
    archives: [
      headers,
      addonSources(
        addonPackages.cpu,
        "tensorflow-tfjs-node-4.22.0.tgz",
        "d38a448a705efc6e655a080f896b3af646ae39dffbfe9c90b06cb9fc3a2b9358",
        228166,
      ),
      tensorflowWheel(
        "tensorflow-cpu",
        "2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c",
        274,
        853,
      ),
    ],
  },
  gpu: {
    kind: "gpu",
    package: addonPackages.gpu,
    archives: [
      headers,
      addonSources(
        addonPackages.gpu,
        "tensorflow-tfjs-node-gpu-4.22.0.tgz",
        "afd5599ee1662e732c00a0ad1f52a3d001bdc118a1f44bd592a0a0ebf2daa4c7",
        223379,
      ),
      tensorflowWheel(
        "tensorflow",
        "9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124",
        572,
        1259,
      ),
      nvidiaWheel(
        "cuda-runtime",
        "12.9.79",
        "25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3",
        { size: 4, unpacked: 1, ...manylinux2014 },
      ),
      nvidiaWheel("cublas", "12.9.3.13", "d7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72", {
        size: 581,
        unpacked: 855,
        skip: /libnvblas/,
      }),
      nvidiaWheel("cudnn", "9.28.0.42", "9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375", {
        size: 717,
        unpacked: 1163,
      }),
      nvidiaWheel("cufft", "11.4.1.4", "c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28", {
        size: 201,
        unpacked: 292,
        skip: /libcufftw/,
        ...manylinux2014,
      }),
      nvidiaWheel(
        "cusolver",
        "11.7.5.82",
        "15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88",
        { size: 338, unpacked: 302, skip: /libcusolverMg/ },
      ),
      nvidiaWheel(
        "cusparse",
        "12.5.10.65",
        "73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78",
        { size: 367, unpacked: 487, ...manylinux2014 },
      ),
      nvidiaWheel(
        "nvjitlink",
        "12.9.86",
        "e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9",
        { size: 40, unpacked: 96, ...manylinux2010 },
      ),
      nvidiaWheel(
        "cuda-nvrtc",
        "12.9.86",
        "210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4",
        { size: 90, unpacked: 114, skip: /\.alt\.so/, ...manylinux2010 },
      ),
    ],
  },
};

/** For a package that comes without the built-in engine: ONNX Runtime's binding, with the libraries of every platform, of which one's are kept, and what it shares with the browser's. */
export const runtimeArchives: readonly Archive[] = [
  {
    source: "npm",
    name: "onnxruntime-node",
    version: onnxruntimeVersion,
    file: `onnxruntime-node-${onnxruntimeVersion}.tgz`,
    sha256: "6e3390d6b783e7be946fad629292799da28d0b42f84856e50d2c1b0383291e75",
    size: 113507888,
    unpacked: 90 * megabyte,
  },
  {
    source: "npm",
    name: "onnxruntime-common",
    version: onnxruntimeVersion,
    file: `onnxruntime-common-${onnxruntimeVersion}.tgz`,
    sha256: "7906c439e0d3e0f4048caa23b64cdfadc0f455c377f579ce1ab2a4b778f07d5f",
    size: 66795,
    unpacked: megabyte,
  },
];

/** Peak disk space of an installation: everything unpacked, the archives at once, and the compilation. */
export function bytesNeeded({ archives }: EngineParts): number {
  return bytesOf(archives) + 400 * megabyte;
}

/** Packed and unpacked. */
export const bytesOf = (archives: readonly Archive[]): number =>
  archives.reduce((sum, { size, unpacked }) => sum + size + unpacked, 0);
