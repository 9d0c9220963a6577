namespace Kindred.Store.Chunking;

/// <summary>A stretch of text that is not parted further: a sentence, or a part of one that is too long. Neither end is white space.</summary>
internal readonly record struct Piece(int Start, int End, int Tokens, Border Before);
