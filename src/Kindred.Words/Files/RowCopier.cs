namespace Kindred.Words.Files;

/// <summary>Copies the vector of an index, shape [dimensions].</summary>
internal delegate void RowCopier(int index, Span<float> row);
