namespace Kindred.Store;

/// <summary>The store's vectors were made by another model than the one it was opened with; their distances would mean nothing.</summary>
/// <param name="path">The store's file.</param>
/// <param name="storeModel">The model that made the store's vectors.</param>
/// <param name="storeFingerprint">Its fingerprint.</param>
/// <param name="givenModel">The model it was opened with.</param>
/// <param name="givenFingerprint">The fingerprint of that one.</param>
public sealed class StoreModelMismatchException(string path, string storeModel, string storeFingerprint, string givenModel, string givenFingerprint)
    : StoreException(path, Describe(path, storeModel, storeFingerprint, givenModel, givenFingerprint))
{
    /// <summary>The model that made the store's vectors.</summary>
    public string StoreModel { get; } = storeModel;

    /// <summary>Fingerprint of the model that made the store's vectors.</summary>
    public string StoreFingerprint { get; } = storeFingerprint;

    /// <summary>The model the store was opened with.</summary>
    public string GivenModel { get; } = givenModel;

    /// <summary>Fingerprint of the model the store was opened with.</summary>
    public string GivenFingerprint { get; } = givenFingerprint;

    private static string Describe(string path, string storeModel, string storeFingerprint, string givenModel, string givenFingerprint)
    {
        // two variants of one model share a name: only then the fingerprints tell them apart
        string detail = storeModel == givenModel ? $" (fingerprint {Short(storeFingerprint)}, not {Short(givenFingerprint)})" : "";
        return $"{path} holds vectors of the model {storeModel}, not of {givenModel}{detail}: open it with {storeModel}, or index the documents into a new store";
    }

    private static string Short(string fingerprint) => fingerprint.Length <= 24 ? fingerprint : fingerprint[..24];
}
