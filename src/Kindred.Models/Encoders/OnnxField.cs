namespace Kindred.Models.Encoders;

/// <summary>A field of an ONNX file: where its head and its value stand.</summary>
internal readonly record struct OnnxField(int Number, int Wire, long Head, long Start, long End);
