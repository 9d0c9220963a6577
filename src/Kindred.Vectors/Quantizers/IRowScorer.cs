namespace Kindred.Vectors.Quantizers;

/// <summary>Scores one code against the query it was made for.</summary>
internal unsafe interface IRowScorer
{
    float Score(byte* code);
}
