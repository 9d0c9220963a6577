#:project ../../src/Kindred.Models/Kindred.Models.csproj
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false
#:property NoWarn=$(NoWarn);CS1591;CA2007

// Makes sound.safetensors: mean and deviation of each feature of SoundModel over the WAV files of a folder. README.md beside it says how to run it.
using System.Security.Cryptography;
using Kindred.Models.Media;
using Kindred.Vectors.Files;
using Microsoft.Extensions.AI;

if (args.Length != 5 || args[1] != "--model" || args[3] != "--out")
{
    Console.Error.WriteLine("usage: recipe.cs FOLDER-OF-WAV-FILES --model FOLDER-WITH-onnx-ALONE --out sound.safetensors");
    return 2;
}

string[] files = [.. Directory.EnumerateFiles(args[0], "*.wav").Order(StringComparer.Ordinal)];
using var model = SoundModel.Load(args[2]);
var rows = await model.GenerateAsync(files.Select(f => new DataContent(File.ReadAllBytes(f), "audio/wav")));
float[] mean = new float[model.Dimensions], deviation = new float[model.Dimensions];
for (int c = 0; c < mean.Length; c++)
{
    double center = rows.Average(r => (double)r.Vector.Span[c]);
    mean[c] = (float)center;
    deviation[c] = (float)Math.Sqrt(rows.Average(r => (r.Vector.Span[c] - center) * (r.Vector.Span[c] - center)));
}

// a channel that hardly any sound wakes would be blown up: a tenth of the usual deviation is the least
float least = deviation.Order().ElementAt(deviation.Length / 2) / 10;
for (int c = 0; c < deviation.Length; c++) deviation[c] = Math.Max(deviation[c], least);
SafetensorsFile.Write(args[4], new Dictionary<string, string> { ["format"] = "kindred.sound", ["version"] = "1" },
    [new("mean", mean), new("deviation", deviation)]);
Console.WriteLine($"{files.Length} sounds, SHA-256 {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(args[4])))}");
return 0;
