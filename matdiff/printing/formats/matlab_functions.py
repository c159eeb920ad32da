"""What functions are called in MATLAB and GNU Octave, and the local functions that generated code brings along."""

from __future__ import annotations

_PLAIN = "exp log abs sign sin cos tan tanh sinh cosh log1p expm1 erf det tril triu cumsum expm logm sqrtm rank"
_OF_SQUARE = ("expm", "logm", "sqrtm")
FUNCTIONS = {
    **{name: f"{name}({{0}})" for name in _PLAIN.split()},
    "arcsin": "asin({0})",
    "arccos": "acos({0})",
    "arctan": "atan({0})",
    "arcsinh": "asinh({0})",
    "arctanh": "atanh({0})",
    "sigmoid": "sigmoid({0})",
    "relu": "max({0}, 0)",
    "heaviside": "double({0} > 0)",
    "softplus": "softplus({0})",
    "gauss": "gauss({0})",
    "gelu": "gelu({0})",
    "silu": "silu({0})",
    "normal_cdf": "normal_cdf({0})",
    "normal_pdf": "normal_pdf({0})",
    "lgamma": "gammaln({0})",
    "digamma": "psi({0})",
    "trigamma": "psi(1, {0})",
    "tr": "trace({0})",
    "sum": "sum({0})",
    "mean": "mean({0})",
    "prod": "prod({0})",
    "max": "max({0})",
    "min": "min({0})",
    "is_max": "is_max({0}, 1)",
    "is_min": "is_max(-{0}, 1)",
    "norm2": "norm({0}, 'fro')",
    "norm1": "sum(abs({0}))",
    "norm_inf": "max(abs({0}))",
    "norm_spectral": "norm({0})",
    "nuclear": "sum(svd({0}))",
    "softmax": "softmax({0}, 1)",
    "log_softmax": "log_softmax({0}, 1)",
    "logsumexp": "logsumexp({0}, 1)",
    "logdet": "logdet({0})",
    "adj": "(det({0})*inv({0}))",
    "cof": "(det({0})*inv({0})')",
    "pinv": "pseudo_inverse({0})",
    "chol": "chol({0}, 'lower')",
    "matpow": "mpower({0}, {1})",
    "frechet_expm": "frechet(@expm, {0}, {1})",
    "frechet_logm": "frechet(@logm, {0}, {1})",
    "frechet_sqrtm": "frechet_root({0}, {1})",
    "frechet_matpow": "frechet(power_of({2}), {0}, {1})",
    **{f"frechet2_{name}": f"frechet2(@{name}, {{0}}, {{1}}, {{2}})" for name in _OF_SQUARE},
    **{f"J_{name}": f"slopes(@{name}, {{0}})" for name in _OF_SQUARE},
    **{f"J_frechet_{name}": f"slopes2(@{name}, {{0}}, {{1}})" for name in _OF_SQUARE},
    "frechet2_matpow": "frechet2(power_of({3}), {0}, {1}, {2})",
    "J_matpow": "slopes(power_of({1}), {0})",
    "J_frechet_matpow": "slopes2(power_of({2}), {0}, {1})",
    "diag": "diag({0})",
    "vec": "reshape({0}, [], 1)",
    "unvec": "reshape({0}, {1}, {2})",
    "vech": "vech({0})",
    "khatri_rao": "khatri_rao({0}, {1})",
    "lambda_max": "max(eigenvalues({0}))",
    "lambda_min": "min(eigenvalues({0}))",
    "eigvec_max": "eigenvector({0}, 1)",
    "eigvec_min": "eigenvector({0}, -1)",
    "singvec_left": "left_vector({0})",
    "singvec_right": "eigenvector({0}'*{0}, 1)",
    "polar": "polar({0})",
    "frechet_polar": "frechet_polar({0}, {1})",
    "J_polar": "polar_slopes({0})",
}
# of all entries of a matrix: what stands in `FUNCTIONS` goes down columns
WHOLE = {
    "sum": "sum(sum({0}))",
    "mean": "mean(mean({0}))",
    "prod": "prod(prod({0}))",
    "max": "max(max({0}))",
    "min": "min(min({0}))",
    "is_max": "is_max({0}, [])",
    "is_min": "is_max(-{0}, [])",
    "norm1": "sum(sum(abs({0})))",
    "norm_inf": "max(max(abs({0})))",
}
# of each row or column: `#` stands for the number of the axis
ALONG = {
    "sum": "sum({0}, #)",
    "mean": "mean({0}, #)",
    "prod": "prod({0}, #)",
    "max": "max({0}, [], #)",
    "min": "min({0}, [], #)",
    "is_max": "is_max({0}, #)",
    "is_min": "is_max(-{0}, #)",
    "norm2": "sqrt(sum({0}.^2, #))",
    "norm1": "sum(abs({0}), #)",
    "norm_inf": "max(abs({0}), [], #)",
    "softmax": "softmax({0}, #)",
    "log_softmax": "log_softmax({0}, #)",
    "logsumexp": "logsumexp({0}, #)",
    "cumsum": "cumsum({0}, #)",
}

HELPERS = {
    "fitted": """
function varargout = fitted(shapes, varargin)
% The arguments with the axes that they are to have: scalars, columns and matrices of sizes that agree.
  known = {};
  varargout = varargin;
  for k = 1:numel(varargin)
    axes = regexp(shapes{k, 2}, '\\S+', 'match');
    value = with_axes(shapes{k, 1}, varargin{k}, numel(axes));
    for a = 1:numel(axes)
      due = str2double(axes{a});
      before = find(strcmp(known(1:2:end), axes{a}));
      if ~isempty(before)
        due = known{2*before};
      elseif isnan(due)
        known(end + 1:end + 2) = {axes{a}, size(value, a)};
        due = size(value, a);
      end
      if size(value, a) ~= due
        error('%s: %s is %d elsewhere, and %d here', shapes{k, 1}, axes{a}, due, size(value, a));
      end
    end
    varargout{k} = value;
  end
end
""",
    "with_axes": """
function value = with_axes(name, value, count)
% The value as an array of so many axes: a vector is a column.
  if count == 1 && isvector(value)
    value = value(:);
  end
  if (count == 0 && ~isscalar(value)) || (count == 1 && ~iscolumn(value)) || ndims(value) > max(count, 2)
    error('%s: an array of %d axes is expected', name, count);
  end
  if ~isfloat(value)
    value = double(value);
  end
end
""",
    "sigmoid": """
function y = sigmoid(x)
  y = exp(min(x, 0))./(1 + exp(-abs(x)));
end
""",
    "softplus": """
function y = softplus(x)
  y = max(x, 0) + log1p(exp(-abs(x)));
end
""",
    "gauss": """
function y = gauss(x)
  y = 2/sqrt(pi)*exp(-x.^2);
end
""",
    "gelu": """
function y = gelu(x)
  y = x.*normal_cdf(x);
end
""",
    "silu": """
function y = silu(x)
  y = x.*sigmoid(x);
end
""",
    "normal_cdf": """
function y = normal_cdf(x)
  y = erfc(-x/sqrt(2))/2;
end
""",
    "normal_pdf": """
function y = normal_pdf(x)
  y = exp(-x.^2/2)/sqrt(2*pi);
end
""",
    "softmax": """
function y = softmax(x, axis)
  y = exp(x - max(x, [], axis));
  y = y./sum(y, axis);
end
""",
    "logsumexp": """
function y = logsumexp(x, axis)
  top = max(x, [], axis);
  y = top + log(sum(exp(x - top), axis));
end
""",
    "log_softmax": """
function y = log_softmax(x, axis)
  y = x - logsumexp(x, axis);
end
""",
    "is_max": """
function y = is_max(x, axis)
  if isempty(axis)
    y = reshape(is_max(x(:), 1), size(x));
    return
  end
  y = double(x == max(x, [], axis));
  y = y./sum(y, axis);
end
""",
    "logdet": """
function y = logdet(x)
  [~, u, ~] = lu(x);
  y = sum(log(abs(diag(u))));
end
""",
    "pseudo_inverse": """
function y = pseudo_inverse(x)
  y = pinv(x, 1000*max(size(x))*eps(norm(x)));
end
""",
    "solve_factored": """
function y = solve_factored(factor, b)
  y = factor'\\(factor\\b);
end
""",
    "frechet": """
function y = frechet(f, x, g)
% The derivative of a function of matrices along g, from its value of [x, g; 0, x].
  n = size(x, 1);
  y = f([x, g; zeros(n), x]);
  y = y(1:n, n + 1:end);
end
""",
    "frechet2": """
function y = frechet2(f, x, g, h)
% The second derivative along g and h, from the value of a matrix of four by four blocks.
  n = size(x, 1);
  o = zeros(n);
  y = f([x, g, h, o; o, x, o, h; o, o, x, g; o, o, o, x]);
  y = y(1:n, 3*n + 1:end);
end
""",
    "slopes": """
function y = slopes(f, x)
  y = stacked(@(e) frechet(f, x, e), x);
end
""",
    "slopes2": """
function y = slopes2(f, x, g)
  y = stacked(@(e) frechet2(f, x, g, e), x);
end
""",
    "stacked": """
function y = stacked(step, x)
% How every entry of a value changes with every entry of x, from its derivatives along the units.
  y = zeros([size(x), size(x)]);
  for k = 1:numel(x)
    e = zeros(size(x));
    e(k) = 1;
    y(:, :, k) = step(e);
  end
end
""",
    "power_of": """
function f = power_of(k)
  f = @(x) mpower(x, k);
end
""",
    "frechet_polar": """
function y = frechet_polar(x, g)
  [u, s, v] = svd(x, 'econ');
  s = diag(s)';
  m = u'*g*v;
  y = u*((m - m')./(s + s'))*v' + (g - u*(u'*g))*(v./s)*v' + (u./s)*(u'*(g - (g*v)*v'));
end
""",
    "polar_slopes": """
function y = polar_slopes(x)
  y = stacked(@(e) frechet_polar(x, e), x);
end
""",
    "frechet_root": """
function y = frechet_root(x, g)
  root = sqrtm(x);
  y = sylvester(root, root, g);
end
""",
    "eigenvalues": """
function y = eigenvalues(x)
  y = eig((x + x')/2);
end
""",
    "eigenvector": """
function v = eigenvector(x, side)
% The vector of the largest eigenvalue (side 1) or of the smallest (-1), its largest entry positive.
  [v, values] = eig((x + x')/2);
  [~, place] = max(side*diag(values));
  v = v(:, place);
  [~, place] = max(abs(v));
  v = v*sign(v(place));
end
""",
    "left_vector": """
function v = left_vector(x)
  v = x*eigenvector(x'*x, 1);
  v = v/norm(v);
end
""",
    "polar": """
function y = polar(x)
  [u, ~, v] = svd(x, 'econ');
  y = u*v';
end
""",
    "khatri_rao": """
function y = khatri_rao(x, y)
  columns = size(x, 2);
  y = reshape(reshape(x, 1, [], columns).*reshape(y, [], 1, columns), [], columns);
end
""",
    "commutation": """
function y = commutation(m, n)
  y = eye(m*n);
  y = y(reshape(reshape(1:m*n, m, n)', [], 1), :);
end
""",
    "vech": """
function y = vech(x)
  y = x(tril(true(size(x))));
end
""",
    "elimination": """
function y = elimination(n)
  y = eye(n*n);
  y = y(tril(true(n)), :);
end
""",
    "duplication": """
function y = duplication(n)
  places = zeros(n);
  places(tril(true(n))) = 1:n*(n + 1)/2;
  y = eye(n*(n + 1)/2);
  y = y(places + tril(places, -1)', :);
end
""",
    "by_rows": """
function y = by_rows(x, count, sizes)
% The entries of an array of `count` axes, last axis first, in axes of these sizes.
  if count > 1
    x = permute(x, count:-1:1);
  end
  y = reshape(x, [fliplr(sizes), 1, 1]);
  y = permute(y, [numel(sizes):-1:1, numel(sizes) + 1:2]);
end
""",
    "einsum": """
function y = einsum(signature, varargin)
% Sums of products of entries: einsum('ij,jk->ik', A, B) is A*B.
  parts = strsplit(strrep(signature, '->', ','), ',', 'CollapseDelimiters', false);
  y = varargin{1};
  letters = parts{1};
  for k = 2:numel(varargin)
    [y, letters] = einsum_pair(y, letters, varargin{k}, parts{k}, [parts{k + 1:end}]);
  end
  gone = letters(~ismember(letters, parts{end}));
  y = arranged(y, letters, [parts{end}, gone]);
  for k = 1:numel(gone)
    y = sum(y, numel(parts{end}) + k);
  end
end
""",
    "einsum_pair": """
function [y, letters] = einsum_pair(x, a, z, b, later)
% The product of two arrays with named axes; what both have and no later one needs is summed, by a matrix product.
  is_shared = ismember(a, b);
  gone = a(is_shared & ~ismember(a, later));
  if numel(gone) == sum(is_shared)
    left = a(~is_shared);
    right = b(~ismember(b, a));
    letters = [left, right];
    x = arranged(x, a, [left, gone]);
    z = arranged(z, b, [gone, right]);
    sizes = [lengths(x, 1:numel(left)), lengths(z, numel(gone) + (1:numel(right))), 1, 1];
    inner = prod(lengths(x, numel(left) + (1:numel(gone))));
    y = reshape(reshape(x, [], inner)*reshape(z, inner, []), sizes);
  else
    letters = [a, b(~ismember(b, a))];
    y = arranged(x, a, letters).*arranged(z, b, letters);
  end
end
""",
    "arranged": """
function y = arranged(x, from, to)
% The array with its named axes in another order; one that it lacks has length 1.
  [~, order] = ismember(to, from);
  order(order == 0) = numel(from) + (1:sum(order == 0));
  y = permute(x, [order, setdiff(1:max([2, order]), order)]);
end
""",
    "lengths": """
function y = lengths(x, places)
  y = arrayfun(@(k) size(x, k), places);
end
""",
}
