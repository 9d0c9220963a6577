namespace Kindred.Models.Encoders;

/// <summary>What makes vectors of a folder's texts: a network, or a table of token vectors.</summary>
internal interface ITextEncoder : IDisposable
{
    /// <summary>Length of a text's vector.</summary>
    int Dimensions { get; }

    /// <summary>Announces a call: memory is kept until what is returned is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    IDisposable Enter();

    /// <summary>Encodes texts; to be called between <see cref="Enter"/> and its end.</summary>
    EncodedTexts Encode(string[] texts, string prompt, int dimensions, bool withLayers, CancellationToken cancel);
}
