using Kindred.Vectors.Files;

namespace Kindred.Models.Encoders;

/// <summary>Weights out of a .safetensors file of a model folder.</summary>
internal static class SafetensorsWeights
{
    /// <exception cref="ModelFormatException">The file is cut or broken, or an array is not as <paramref name="read"/> wants it.</exception>
    public static T Read<T>(string path, Func<SafetensorsFile, T> read)
    {
        try
        {
            using var file = SafetensorsFile.Open(path);
            return read(file);
        }
        catch (VectorFileException e)
        {
            throw new ModelFormatException(path, "", $"byte {e.Offset}: {e.Problem}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException(path, "", e.Message, e);
        }
    }
}
