namespace Kindred.Words.Files;

/// <summary>Files of word vectors that are known and not read, with the way to convert them.</summary>
internal static class ForeignFile
{
    /// <exception cref="WordVectorFileException">The file is one of them.</exception>
    internal static void Refuse(string path, ReadOnlySpan<byte> start)
    {
        string name = Path.GetFileName(path);
        if (start is [0x80, >= 2 and <= 5, ..])
        {
            throw WordVectorFileException.Whole(path, "this is a Python pickle, as gensim saves its .kv and .model files, which only Python can read; convert it with: "
                + $"python3 -c \"from gensim.utils import SaveLoad; m = SaveLoad.load('{name}'); getattr(m, 'wv', m).save_word2vec_format('{Path.GetFileNameWithoutExtension(name)}.bin', binary=True)\"");
        }
        if (start is [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', ..])
            throw WordVectorFileException.Whole(path, "this is a numpy array, numbers without words; of a gensim model, name the file beside it that has no .npy in its name");
    }
}
